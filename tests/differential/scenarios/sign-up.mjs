import { KIND } from "../databases.mjs";
import { refuses } from "../differences.mjs";
import { anybody, isEqual, isSignedIn, signsUp } from "./steps.mjs";

const under = "default";
const post = "/sign-up/email";
const password = "correct horse";

/** A body that is fine but for what `more` says; `undefined` leaves a member out. */
const but = (more) => (play) => ({ name: "Eve", email: play.address("eve"), password, ...more });

/** A step whose body is fine but for `more`. */
const refused = (it, more, code, gives = 400) => anybody.post(it, post, but(more), gives, code);
const accepted = (it, local, more = {}, rest = {}) => ({
  it,
  post,
  json: (play) => ({ name: "Eve", email: play.address(local), password, ...more }),
  gives: 200,
  ...rest,
});

export const signUp = [
  {
    under,
    name: "sign-up",
    steps: [
      signsUp("ada"),
      isSignedIn("ada"),
      accepted(
        "lower-cases the address",
        "Grace.UPPER",
        {},
        {
          check: ({ json }, play) => isEqual(json.user.email, play.address("grace.upper")),
        },
      ),
      accepted("takes a picture", "picture", { image: "https://example.com/i.png" }),
      accepted(
        "takes a callback URL and leads nowhere",
        "callback",
        { callbackURL: "/welcome" },
        { location: undefined },
      ),
      accepted("takes an empty callback URL", "callback2", { callbackURL: "" }),
      accepted("ignores members it does not know", "unknown", {
        role: "admin",
        id: "mine",
        emailVerified: true,
        zzz: [1],
      }),
      accepted("remembers", "remembered", { rememberMe: true }),
      accepted("does not remember", "forgotten", { rememberMe: false }),
      accepted("takes an empty name", "nameless", { name: "" }),
      accepted("takes a name of any script", "script", { name: 'Ωμέγα \u{1f600} "quoted" <b>' }),
      accepted("takes a plus and dots in the address", "a.b+c_d-e'f"),
      accepted("takes a password of any script", "password", { password: "pässwörd𝟙23" }),
      accepted("takes eight characters", "eight", { password: "12ab34cd" }),
      accepted("takes 128 characters", "long", {
        password:
          "a sentence that is long but nothing that anybody would ever find in a list of the commonest passwords, at least not until today",
      }),
      accepted("remembers the browser", "browser", {}, { headers: { "user-agent": "Browser/1.0 (X)" } }),
      anybody.send("takes a form", post, [
        "application/x-www-form-urlencoded",
        (play) => `name=Form+of+Eve&email=${encodeURIComponent(play.address("form"))}&password=${password}`,
      ]),
      anybody.send("takes JSON that names its charset", post, [
        "application/json; charset=utf-8",
        (play) => JSON.stringify({ name: "Eve", email: play.address("charset"), password }),
      ]),
      anybody.send("takes JSON type in capitals", post, [
        "Application/JSON",
        (play) => JSON.stringify({ name: "Eve", email: play.address("capitals"), password }),
      ]),
      anybody.send("takes JSON behind a byte order mark", post, [
        "application/json",
        (play) => `\ufeff${JSON.stringify({ name: "Eve", email: play.address("mark"), password })}`,
      ]),
      anybody.send(
        "takes the last of two equal members",
        post,
        [
          "application/json",
          (play) =>
            `{"name":"First","name":"Last","email":"${play.address("twice")}","password":"${password}"}`,
        ],
        200,
        { check: ({ json }) => isEqual(json.user.name, "Last") },
      ),
    ],
  },
  {
    under,
    name: "sign-up of an address that is taken",
    steps: [
      signsUp("ada"),
      anybody.post(
        "is refused",
        post,
        ({ ada }) => ({ name: "Eve", email: ada.email, password: "another one" }),
        422,
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
      ),
      anybody.post(
        "is refused in capitals",
        post,
        ({ ada }) => ({ name: "Eve", email: ada.email.toUpperCase(), password: "another one" }),
        422,
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
      ),
      anybody.post(
        "is refused even with her password",
        post,
        ({ ada }) => ({ name: "Ada", email: ada.email, password: ada.password }),
        422,
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
      ),
      anybody.post(
        "tells of a short password first",
        post,
        ({ ada }) => ({ name: "Eve", email: ada.email, password: "short" }),
        400,
        "PASSWORD_TOO_SHORT",
      ),
      isSignedIn("ada", "and she notices nothing"),
    ],
  },
  {
    under,
    name: "sign-up with fields that are wrong",
    steps: [
      refused("no name", { name: undefined }, "VALIDATION_ERROR"),
      refused("no address", { email: undefined }, "VALIDATION_ERROR"),
      refused("no password", { password: undefined }, "VALIDATION_ERROR"),
      refused(
        "no member at all",
        { name: undefined, email: undefined, password: undefined },
        "VALIDATION_ERROR",
      ),
      refused("a name of null", { name: null }, "VALIDATION_ERROR"),
      refused("a name that is a number", { name: 7 }, "VALIDATION_ERROR"),
      refused("a name that is an object", { name: {} }, "VALIDATION_ERROR"),
      refused("a password that is a boolean", { password: true }, "VALIDATION_ERROR"),
      refused("a picture of null", { image: null }, "VALIDATION_ERROR"),
      refused("a picture that is a number", { image: 5 }, "VALIDATION_ERROR"),
      refused("rememberMe as text", { rememberMe: "yes" }, "VALIDATION_ERROR"),
      refused("rememberMe of null", { rememberMe: null }, "VALIDATION_ERROR"),
      refused(
        "everything of a wrong type",
        { name: 1, email: 2, password: [1], image: {}, rememberMe: 0 },
        "VALIDATION_ERROR",
      ),
      refused("an empty password", { password: "" }, "VALIDATION_ERROR"),
      refused("a password of seven characters", { password: "1234567" }, "PASSWORD_TOO_SHORT"),
      refused("a password of seven units", { password: "😀😁😂a" }, "PASSWORD_TOO_SHORT"),
      refused("a password of 129 characters", { password: "x".repeat(129) }, "PASSWORD_TOO_LONG"),
      ...[
        "nope",
        "",
        "@",
        "a@",
        "@b.co",
        "a@localhost",
        "a@b.c",
        "ü@x.com",
        "A!b@x.com",
        "a b@x.com",
        "a@b@c.com",
        ".a@x.com",
        "a.@x.com",
        "a..b@x.com",
        "a@-x.com",
        "a@x..com",
        "a@x.com.",
        "a@1x.c0",
        "a'@x.com",
        '"a"@x.com',
        "a@[127.0.0.1]",
      ].map((email) => refused(`the address ${JSON.stringify(email)}`, { email }, "VALIDATION_ERROR")),
    ],
  },
  {
    under,
    name: "sign-up with a body that is wrong",
    steps: [
      ...[
        ["an array", "[]"],
        ["null", "null"],
        ["a number", "5"],
        ["a text", '"text"'],
        ["true", "true"],
      ].map(([it, text]) => anybody.send(it, post, ["application/json", text], 400, "VALIDATION_ERROR")),
      anybody.bare("no body", post, 400, "VALIDATION_ERROR"),
      anybody.send("an empty body that says it is JSON", post, ["application/json", ""], 400),
      anybody.send("JSON with a type of nothing", post, ["", '{"name":"X"}'], 400, "VALIDATION_ERROR"),
      anybody.send("JSON without a type", post, [undefined, '{"name":"X"}'], 400, "VALIDATION_ERROR"),
      ...["{", '{"name":', "{'name':1}", "nonsense", '{"name":"a",}'].map((text) =>
        anybody.send(`the broken JSON ${text}`, post, ["application/json", text], 400, "BAD_REQUEST"),
      ),
      ...[
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/vnd.api+json",
        "text/html; charset=utf-8",
      ].map((type) =>
        anybody.send(`the type ${type}`, post, [type, '{"name":"X"}'], 415, "UNSUPPORTED_MEDIA_TYPE"),
      ),
      anybody.send(
        "a form with rememberMe",
        post,
        [
          "application/x-www-form-urlencoded",
          (play) => `name=F&email=${play.address("f")}&password=12345678x&rememberMe=true`,
        ],
        400,
        "VALIDATION_ERROR",
      ),
      anybody.send(
        "an empty form",
        post,
        ["application/x-www-form-urlencoded", "x"],
        400,
        "VALIDATION_ERROR",
      ),
    ],
  },
  {
    under,
    name: "sign-up that Tessera refuses",
    steps: [
      {
        ...accepted("a common password", "common", { password: "password123" }),
        ours: {
          differs: "common-passwords",
          change: refuses(400, "PASSWORD_TOO_COMMON", "This password is too common. Choose another."),
        },
      },
      {
        ...accepted("four characters of two units each", "emoji", { password: "🦀🍋🧭🎻" }),
        ours: {
          differs: "common-passwords",
          change: refuses(400, "PASSWORD_TOO_COMMON", "This password is too common. Choose another."),
        },
      },
      {
        ...accepted("a name of 257 characters", "name", { name: "n".repeat(257) }),
        ours: {
          differs: "short-names",
          change: refuses(
            400,
            "VALIDATION_ERROR",
            "[body.name] Too big: expected string to have <=256 characters",
          ),
        },
      },
      {
        ...accepted("a picture of 2049 characters", "image", { image: "i".repeat(2049) }),
        ours: {
          differs: "short-names",
          change: refuses(
            400,
            "VALIDATION_ERROR",
            "[body.image] Too big: expected string to have <=2048 characters",
          ),
        },
      },
      {
        ...accepted("a picture with a line break", "line", { image: "https://example.com/\n" }),
        ours: {
          differs: "short-names",
          change: refuses(400, "VALIDATION_ERROR", "[body.image] Invalid URL"),
        },
      },
      {
        ...accepted("a name with U+0000", "null", { name: "E\u0000" }),
        gives: KIND === "postgres" ? 422 : 200,
        ours: {
          differs: "no-null-in-text",
          change: refuses(400, "VALIDATION_ERROR", "[body.name] Invalid string: must not contain U+0000"),
        },
      },
      {
        ...accepted("a body over 64 KiB", "large", { zzz: "z".repeat(65 * 1024) }),
        ours: { differs: "body-limit", change: refuses(413, "PAYLOAD_TOO_LARGE", "Payload too large") },
      },
      anybody.send(
        "a lone surrogate",
        post,
        [
          "application/json",
          (play) => `{"name":"\\ud800","email":"${play.address("surrogate")}","password":"${password}"}`,
        ],
        200,
        {
          ours: {
            differs: "json-is-text",
            change: refuses(400, "BAD_REQUEST", "Invalid JSON in request body"),
          },
        },
      ),
    ],
  },
  {
    under,
    name: "sign-up that Tessera takes",
    steps: [
      anybody.post(
        "an address with spaces around it",
        post,
        (play) => ({ name: "Eve", email: `  ${play.address("spaces")} `, password }),
        400,
        {
          code: "VALIDATION_ERROR",
          ours: {
            differs: "trimmed-address",
            change(answer) {
              const user = {
                name: "Eve",
                email: "spaces@sign-up-that-tessera-takes.example.com",
                emailVerified: false,
                image: null,
                createdAt: "<now>",
                updatedAt: "<now>",
                id: "<32 random #2>",
              };
              answer.status = 200;
              answer.body = { token: "<32 random #1>", user };
              answer.cookies = [
                "better-auth.session_token=<32 random #1>.<signed>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax",
              ];
              answer.headers["set-auth-token"] = "<32 random #1>.<signed>";
            },
          },
        },
      ),
    ],
  },
];
