import { accounts } from "./accounts.mjs";
import { cached } from "./cached.mjs";
import { client } from "./client.mjs";
import { configured } from "./configured.mjs";
import { links } from "./links.mjs";
import { mail, strictly, verification_required } from "./mail.mjs";
import { origins } from "./origins.mjs";
import { rest } from "./rest.mjs";
import { sessions } from "./sessions.mjs";
import { storage } from "./storage.mjs";
import { signIn } from "./sign-in.mjs";
import { signUp } from "./sign-up.mjs";

export const scenarios = [
  ...signUp,
  ...signIn,
  ...storage,
  ...origins,
  ...sessions,
  ...rest,
  ...accounts,
  ...mail,
  ...verification_required,
  ...strictly,
  ...links,
  ...configured,
  ...cached,
  ...client,
];
