// Tokens, the small routes, and what is no route.
import { ada, anybody, isEqual, signsUp } from "./steps.mjs";

const under = "default";
const nothing = (it, request) => ({ it, ...request, gives: 404, body: "" });

export const rest = [
  {
    under,
    name: "token",
    steps: [
      signsUp("ada"),
      ada.get("for a session", "/token", 200, {
        check: ({ json }) => isEqual(json.token.split(".").length, 3),
      }),
      ada.get("again", "/token"),
      ada.get("whatever the query says", "/token?x=1&callbackURL=https://evil.example"),
      anybody.get("without a session", "/token", 401, "UNAUTHORIZED"),
      nothing("not by POST", { as: "ada", post: "/token", json: {} }),
      anybody.get("the keys are public", "/jwks", 200, { check: ({ json }) => isEqual(json.keys.length, 1) }),
      ada.get("to everybody", "/jwks", 200, { headers: { origin: "https://evil.example" } }),
      nothing("not by POST", { post: "/jwks", json: {} }),
    ],
  },
  {
    under,
    name: "paths",
    steps: [
      anybody.get("ok", "/ok", 200, { body: { ok: true } }),
      anybody.get("ok with a query", "/ok?x=1", 200, { body: { ok: true } }),
      nothing("ok by POST", { post: "/ok", json: {} }),
      nothing("ok by HEAD", { head: "/ok" }),
      nothing("ok by PUT", { put: "/ok", json: {} }),
      nothing("ok with a slash behind", { get: "/ok/" }),
      nothing("ok with two slashes before", { get: "//ok" }),
      nothing("ok in capitals", { get: "/OK" }),
      nothing("ok encoded", { get: "/%6Fk" }),
      nothing("an unknown path", { get: "/nope" }),
      nothing("an unknown path by POST", { post: "/nope", json: {} }),
      nothing("an unknown path with a body that is no JSON", {
        post: "/nope",
        type: "text/plain",
        text: "x",
      }),
      nothing("the base path alone", { get: "" }),
      nothing("the base path with a slash", { get: "/" }),
      nothing("sign-in by GET", { get: "/sign-in/email" }),
      nothing("sign-in by PUT", { put: "/sign-in/email", json: {} }),
      nothing("sign-up by GET", { get: "/sign-up/email" }),
      nothing("sign-out by GET", { get: "/sign-out" }),
      nothing("sign-in without email", { post: "/sign-in", json: {} }),
      nothing("revoke-session by GET", { get: "/revoke-session" }),
      nothing("get-session by PUT", { put: "/get-session", json: {} }),
      nothing("get-session by HEAD", { head: "/get-session" }),
      nothing("the old name of request-password-reset", { post: "/forget-password", json: {} }),
      nothing("forget-password/email", { post: "/forget-password/email", json: {} }),
      nothing("set-password is for servers", { post: "/set-password", json: {} }),
      nothing("verify-jwt is for servers", { post: "/verify-jwt", json: {} }),
      nothing("sign-jwt is for servers", { post: "/sign-jwt", json: {} }),
      nothing(".well-known below the base path", { get: "/.well-known/jwks.json" }),
      nothing("delete-user by GET", { get: "/delete-user" }),
      nothing("update-user by GET", { get: "/update-user" }),
    ],
  },
  {
    under,
    name: "the error page",
    steps: [
      errorPage("without a code", "/error"),
      errorPage("with a code", "/error?error=INVALID_TOKEN"),
      errorPage("with a description", "/error?error=a&error_description=because"),
      errorPage("with a script for a code", "/error?error=%3Cscript%3E"),
      nothing("not by POST", { post: "/error", json: {} }),
    ],
  },
];

/** Each server has a page of its own; only that there is one can be compared. */
function errorPage(it, path) {
  return anybody.get(it, path, 200, {
    ours: {
      differs: "error-page",
      change(answer) {
        answer.headers["content-type"] = "text/html; charset=utf-8";
        answer.headers["content-security-policy"] =
          "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        answer.body = "<a page>";
      },
    },
  });
}
