import { RequestError } from "./request-error";

/** What went wrong, for a person to read, and the field it is about, if it is about one. */
export interface Explanation {
  message: string;
  field?: string;
}

const NOT_AN_ADDRESS = "This does not look like an e-mail address.";
const CANNOT_SEND: Explanation = {
  message: "This server cannot send mail, so it cannot send you a link. Ask whoever runs it for help.",
};

const BY_CODE: Readonly<Record<string, Explanation>> = {
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: {
    field: "email",
    message: "There is already an account with this e-mail address. Sign in instead, or use another address.",
  },
  FAILED_TO_CREATE_USER: {
    field: "email",
    message: "The account could not be made. There may already be one with this e-mail address.",
  },
  INVALID_EMAIL: { field: "email", message: NOT_AN_ADDRESS },
  INVALID_EMAIL_OR_PASSWORD: {
    message: "E-mail and password do not match an account. Check both and try again.",
  },
  EMAIL_NOT_VERIFIED: {
    message: "This address is not verified yet. Follow the link in the letter that was sent to it.",
  },
  PASSWORD_TOO_SHORT: { field: "password", message: "Use at least 8 characters." },
  PASSWORD_TOO_LONG: { field: "password", message: "Use at most 128 characters." },
  PASSWORD_TOO_COMMON: {
    field: "password",
    message: "This password is one of the most used, so it is quickly guessed. Choose another.",
  },
  EMAIL_PASSWORD_SIGN_UP_DISABLED: { message: "New accounts are not being accepted here." },
  INVALID_PASSWORD: { field: "currentPassword", message: "This is not your password." },
  CREDENTIAL_ACCOUNT_NOT_FOUND: { message: "This account has no password yet." },
  CHANGE_EMAIL_DISABLED: { message: "On this server, addresses cannot be changed." },
  DELETE_USER_DISABLED: {
    message: "On this server, people cannot delete their account themselves. Ask whoever runs it.",
  },
  RESET_PASSWORD_DISABLED: CANNOT_SEND,
  VERIFICATION_EMAIL_NOT_ENABLED: CANNOT_SEND,
  EMAIL_ALREADY_VERIFIED: { message: "This address is verified already." },
  EMAIL_MISMATCH: { message: "This is not the address of the account that is signed in." },
  NO_TASK_API: {
    message: "Your tasks are not where this page was told to look for them. Tell whoever runs this site.",
  },
  INVALID_ORIGIN: { message: "This page is served from an address that the server does not trust." },
  MISSING_OR_NULL_ORIGIN: {
    message: "The browser did not say where this page comes from, so the server refused.",
  },
};

/** Refusals that come without a code, by their message. */
const BY_MESSAGE: Readonly<Record<string, Explanation>> = {
  "Email is the same": { field: "newEmail", message: "This is your address already." },
  "Verification email isn't enabled": CANNOT_SEND,
};

/** Explains any failed request in plain words. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof RequestError)) return { message: "Something went wrong. Try again." };
  const known = BY_CODE[error.code] ?? BY_MESSAGE[error.message];
  if (known !== undefined) return known;
  const address = /\[body\.(email|newEmail)\]/.exec(error.message)?.[1];
  if (error.code === "VALIDATION_ERROR" && address !== undefined) {
    return { field: address, message: NOT_AN_ADDRESS };
  }
  const [wrong] = Object.entries(error.fields);
  if (wrong !== undefined) return { field: wrong[0], message: wrong[1] };
  switch (error.status) {
    case 0:
      return { message: "The server could not be reached. Check your connection and try again." };
    case 404:
      return { message: "This is no longer there. It may have been deleted elsewhere." };
    case 429:
      return { message: `Too many tries. ${waitFor(error.retryAfter)}` };
    case 503:
      return { message: `The server is busy. ${waitFor(error.retryAfter)}` };
    default:
      return {
        message: error.message || "Something went wrong. Try again.",
      };
  }
}

function waitFor(seconds: number | null): string {
  if (seconds === null) return "Wait a moment and try again.";
  return seconds === 1 ? "Wait a second and try again." : `Wait ${seconds} seconds and try again.`;
}
