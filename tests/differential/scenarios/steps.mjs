// How steps are written: `ada.post("what it shows", path, body, status, code)` is sent by Ada's browser,
// with her cookies and the Origin of a page; `anybody` has neither. README.md has all that a step may say.

/** Steps of somebody's browser. The last argument is the code of an error, or what else the step says. */
function stepsOf(as) {
  const step = (it, request, gives, more) => ({
    it,
    ...(as ? { as } : {}),
    ...request,
    gives,
    ...(typeof more === "string" ? { code: more } : more),
  });
  return {
    get: (it, path, gives = 200, more = {}) => step(it, { get: path }, gives, more),
    post: (it, path, json, gives = 200, more = {}) => step(it, { post: path, json }, gives, more),
    /** A POST with a body that is no JSON, or says that it is something else. */
    send: (it, path, [type, text], gives = 200, more = {}) =>
      step(it, { post: path, type, text }, gives, more),
    /** A POST without a body. */
    bare: (it, path, gives = 200, more = {}) => step(it, { post: path }, gives, more),
  };
}

export const anybody = stepsOf();
export const ada = stepsOf("ada");
export const bob = stepsOf("bob");

/** Something done to a server's database or mailbox between two exchanges. */
export const act = (act) => ({ act });

/** The rows of a query, of which there are `has`, are the same in both databases. */
export const rows = (it, has, query) => ({ it, rows: query, has });

/** Ada's sessions, without the address: `client-address`. */
export const sessionsOf = ({ ada }) => [
  `SELECT "session"."id", "expiresAt", "token", "session"."createdAt", "session"."updatedAt", "userAgent", "userId"
   FROM "session" JOIN "user" ON "user"."id" = "userId" WHERE "email" = ? ORDER BY "session"."createdAt"`,
  ada.email,
];
/** The mails to an address of this scenario, of which there are `has`, have the same links. */
export const mails = (it, local, has) => ({ it, mails: local, has });

/** Somebody's session is so many seconds older. */
export const ages = (person, seconds) => act((play) => play.age(person, seconds));

/** Fails unless both are the same. */
export function isEqual(seen, wanted) {
  if (seen !== wanted) throw new Error(`${seen} is not ${wanted}`);
}

/** Somebody signs up and stays signed in. */
export const signsUp = (person, more = {}) => ({
  ...stepsOf(person).post(`${person} signs up`, "/sign-up/email", (play) => {
    const { name, email, password } = play[person];
    return { name, email, password };
  }),
  ...more,
});

/** Somebody signs in. `members` are more members of the body. */
export const signsIn = (person, members = {}) =>
  stepsOf(person).post(`${person} signs in`, "/sign-in/email", (play) => {
    const { email, password } = play[person];
    return { email, password, ...members };
  });

/** Somebody's cookies open a session of theirs. */
export const isSignedIn = (person, it = `${person} is signed in`) =>
  stepsOf(person).get(it, "/get-session", 200, {
    check: ({ json }, play) => isEqual(json?.user.email, play[person].email),
  });

/** Somebody's cookies open nothing. */
export const isSignedOut = (person, it = `${person} is signed out`) =>
  stepsOf(person).get(it, "/get-session", 200, { body: null });
