/** Longest task title, in characters (Unicode code points, as the API counts). */
export const TITLE_LIMIT = 200;
/** Longest task description, in characters. */
export const DESCRIPTION_LIMIT = 1000;

/** Characters as people and the API count them: one for each code point. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** What is wrong with a name, or null. Counted in UTF-16 units, as the server counts. */
export function nameProblem(name: string): string | null {
  if (name.trim() === "") return "Enter your name.";
  return name.trim().length > 256 ? "Use at most 256 characters." : null;
}

/** What is wrong with an e-mail address, or null. The server has the last word. */
export function emailProblem(email: string): string | null {
  if (email.trim() === "") return "Enter your e-mail address.";
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email.trim())
    ? null
    : "Enter an e-mail address like name@example.com.";
}

/** What is wrong with a new password, or null. Counted in UTF-16 units, as the server counts. */
export function newPasswordProblem(password: string): string | null {
  if (password === "") return "Choose a password.";
  if (password.length < 8) return "Use at least 8 characters.";
  return password.length > 128 ? "Use at most 128 characters." : null;
}

/** What is wrong with an address that is to replace `current`, or null. */
export function newEmailProblem(email: string, current: string): string | null {
  return email.trim().toLowerCase() === current.toLowerCase()
    ? "This is your address already."
    : emailProblem(email);
}

/** What is wrong with a password that is being entered again, or null. */
export function passwordProblem(password: string): string | null {
  return password === "" ? "Enter your password." : null;
}

/** What is wrong with the word that stands between a click and a deletion, or null. */
export function confirmationProblem(typed: string, word: string): string | null {
  // A phone makes the first letter a capital.
  return typed.trim().toLowerCase() === word ? null : `Type “${word}” here.`;
}

/** What is wrong with a task's title, or null. */
export function titleProblem(title: string): string | null {
  if (title.trim() === "") return "Write what there is to do.";
  return tooLong(title.trim(), TITLE_LIMIT);
}

/** What is wrong with a task's description, or null. */
export function descriptionProblem(description: string): string | null {
  return tooLong(description.trim(), DESCRIPTION_LIMIT);
}

function tooLong(text: string, limit: number): string | null {
  const over = characters(text) - limit;
  if (over <= 0) return null;
  return over === 1 ? "This is 1 character too long." : `This is ${over} characters too long.`;
}
