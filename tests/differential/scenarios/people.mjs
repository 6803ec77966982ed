// Steps that many scenarios begin with.

/** Somebody signs up and stays signed in. */
export const signsUp = (person) => ({
  it: `${person} signs up`,
  as: person,
  post: "/sign-up/email",
  json: (play) => ({ name: play[person].name, email: play[person].email, password: play[person].password }),
  gives: 200,
});

/** Somebody signs in, on another device when `device` names one. */
export const signsIn = (person, more = {}) => ({
  it: `${person} signs in`,
  as: person,
  post: "/sign-in/email",
  json: (play) => ({ email: play[person].email, password: play[person].password, ...more }),
  gives: 200,
});

/** Whose session the cookies open; nobody's is null. */
export const isSignedIn = (person, it = `${person} is signed in`) => ({
  it,
  as: person,
  get: "/get-session",
  gives: 200,
  check: ({ json }, play) => {
    if (json?.user.email !== play[person].email) throw new Error(`${person} is not signed in`);
  },
});

export const isSignedOut = (person, it = `${person} is signed out`) => ({
  it,
  as: person,
  get: "/get-session",
  gives: 200,
  body: null,
});
