// Which requests may come from where (protocol: the Origin of every POST; sign-in and sign-up also without cookies).
import { ada, anybody, signsUp } from "./steps.mjs";

const under = "default";
const post = "/sign-in/email";
const json = ({ ada }) => ({ email: ada.email, password: ada.password });

const allowed = (it, headers) => anybody.post(it, post, json, 200, { headers });
const refused = (it, headers, code) => anybody.post(it, post, json, 403, { code, headers });
const MISSING = "MISSING_OR_NULL_ORIGIN";
const INVALID = "INVALID_ORIGIN";
const CROSS = "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED";

const fetchMetadata = (site, mode, dest) => ({
  "sec-fetch-site": site,
  "sec-fetch-mode": mode,
  "sec-fetch-dest": dest,
});

export const origins = [
  {
    under,
    name: "sign-in from elsewhere",
    steps: [
      signsUp("ada"),
      allowed("its own origin", ({ origin }) => ({ origin })),
      allowed("a trusted origin", { origin: "https://app.example.com" }),
      allowed("a subdomain of a pattern", { origin: "https://x.y.preview.example.com" }),
      allowed("no origin, as curl sends it", {}),
      allowed("its own referer", ({ origin }) => ({ referer: `${origin}/page?x=1` })),
      refused("a foreign origin", { origin: "https://evil.example" }, INVALID),
      refused("the pattern's own domain", { origin: "https://preview.example.com" }, INVALID),
      refused("http for https", { origin: "http://app.example.com" }, INVALID),
      refused("another port", { origin: "https://app.example.com:8443" }, INVALID),
      refused("a longer name", { origin: "https://app.example.com.evil.example" }, INVALID),
      refused(
        "127.0.0.1 for localhost",
        ({ port, server }) => ({ origin: `http://127.0.0.1:${server.port}` }),
        INVALID,
      ),
      refused("a null origin", { origin: "null" }, MISSING),
      refused("a foreign referer", { referer: "https://evil.example/p" }, INVALID),
      refused(
        "a foreign origin beside its own referer",
        ({ origin }) => ({ origin: "https://evil.example", referer: `${origin}/` }),
        INVALID,
      ),
      allowed("fetch metadata and its own origin", ({ origin }) => ({
        origin,
        ...fetchMetadata("same-origin", "cors", "empty"),
      })),
      allowed("same-origin and a null origin", {
        origin: "null",
        ...fetchMetadata("same-origin", "cors", "empty"),
      }),
      allowed("cross-site by script from a trusted origin", {
        origin: "https://app.example.com",
        ...fetchMetadata("cross-site", "cors", "empty"),
      }),
      refused("fetch metadata without an origin", fetchMetadata("same-origin", "cors", "empty"), MISSING),
      refused("only sec-fetch-mode, as node sends it", { "sec-fetch-mode": "cors" }, MISSING),
      refused("only sec-fetch-dest", { "sec-fetch-dest": "empty" }, MISSING),
      refused(
        "cross-site navigation",
        { origin: "https://evil.example", ...fetchMetadata("cross-site", "navigate", "document") },
        CROSS,
      ),
      refused(
        "cross-site navigation without an origin",
        fetchMetadata("cross-site", "navigate", "document"),
        CROSS,
      ),
      refused(
        "cross-site by script",
        { origin: "https://evil.example", ...fetchMetadata("cross-site", "cors", "empty") },
        INVALID,
      ),
      refused(
        "cross-site and a null origin",
        { origin: "null", ...fetchMetadata("cross-site", "cors", "empty") },
        MISSING,
      ),
      refused("a cookie of any kind and no origin", { cookie: "a=b" }, MISSING),
      refused("a cookie and a null origin", { cookie: "a=b", origin: "null" }, MISSING),
      refused("a cookie and a foreign origin", { cookie: "a=b", origin: "https://evil.example" }, INVALID),
      refused("a cookie and a foreign referer", { cookie: "a=b", referer: "https://evil.example/" }, INVALID),
      allowed("a cookie and its own origin", ({ origin }) => ({ cookie: "a=b", origin })),
      allowed("a cookie and its own referer", ({ origin }) => ({ cookie: "a=b", referer: `${origin}/x` })),
      allowed("a cookie and a trusted origin", { cookie: "a=b", origin: "https://app.example.com" }),
    ],
  },
  {
    under,
    name: "sign-up from elsewhere",
    steps: [
      ...[
        ["a foreign origin", { origin: "https://evil.example" }, INVALID],
        ["a null origin", { origin: "null" }, MISSING],
        ["only sec-fetch-mode", { "sec-fetch-mode": "cors" }, MISSING],
        ["cross-site navigation", fetchMetadata("cross-site", "navigate", "document"), CROSS],
        ["a cookie and no origin", { cookie: "a=b" }, MISSING],
      ].map(([it, headers, code]) =>
        anybody.post(it, "/sign-up/email", ({ ada }) => ({ ...json({ ada }), name: "Ada" }), 403, {
          code,
          headers,
        }),
      ),
      { ...signsUp("ada"), it: "and nobody was signed up by these" },
    ],
  },
  {
    under,
    name: "other routes from elsewhere",
    steps: [
      signsUp("ada"),
      ...["/sign-out", "/revoke-session", "/revoke-sessions", "/revoke-other-sessions"].flatMap((route) => [
        ada.post(`${route} with a cookie and no origin`, route, { token: "x" }, 403, {
          code: MISSING,
          headers: { origin: undefined },
        }),
        ada.post(`${route} with a cookie and a null origin`, route, { token: "x" }, 403, {
          code: MISSING,
          headers: { origin: "null" },
        }),
        ada.post(`${route} with a cookie and a foreign origin`, route, { token: "x" }, 403, {
          code: INVALID,
          headers: { origin: "https://evil.example" },
        }),
        ada.post(
          `${route} with a foreign callback URL`,
          route,
          { token: "x", callbackURL: "https://evil.example" },
          403,
          "INVALID_CALLBACK_URL",
        ),
        anybody.post(
          `${route} without a cookie takes any origin`,
          route,
          { token: "x" },
          route === "/sign-out" ? 200 : 401,
          { headers: { origin: "https://evil.example" } },
        ),
      ]),
      ada.get("GET takes any origin", "/get-session", 200, {
        headers: { origin: "https://evil.example" },
        check: ({ json }) => json.user.id,
      }),
      anybody.post("bearer takes any origin", "/revoke-other-sessions", {}, 200, {
        headers: (play) => ({ authorization: `Bearer ${play.token("ada")}`, origin: "https://evil.example" }),
      }),
      ada.post("an unknown path is asked for no origin", "/nope", {}, 404, {
        headers: { origin: undefined },
      }),
      ada.send("the type of a body comes first", "/sign-out", ["text/plain", "x"], 415, {
        headers: { origin: undefined },
      }),
      ada.send("broken JSON comes first", "/sign-out", ["application/json", "{"], 400, {
        headers: { origin: undefined },
      }),
      ada.post("the origin comes before the body's members", "/revoke-session", {}, 403, {
        code: MISSING,
        headers: { origin: undefined },
      }),
      {
        it: "no preflight is answered",
        options: "/sign-in/email",
        headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
        gives: 404,
      },
    ],
  },
];
