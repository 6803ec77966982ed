// Reads an answer so that two servers can be compared: what is random gets a number in the order of
// appearance, times become distances from now, and signatures become whether they are right.
import { createHmac } from "node:crypto";
import { compactVerify, createLocalJWKSet } from "jose";
import { exchange } from "./http.mjs";
import { SECRET, SHARED_JWT_SECRET } from "./servers.mjs";
import { openCompact, openJwe } from "./session-cache.mjs";

/** How a message travels, not what it says. */
const TRANSPORT = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);

/** Headers of Tessera that are different each time. */
const MASKED_HEADERS = { "x-request-id": "<request id>", etag: "<etag>" };

/** Seconds until a limit is over, which depend on how long the test has taken. */
const WAITS = new Set(["x-retry-after", "retry-after"]);

/** Members that would be numbered, if the npm server had them too; and keys, known by who made them. */
const MASKED_MEMBERS = { kid: "<kid>", sid: "<session>" };

const JWT = /eyJ[\w-]+\.[\w-]*\.[\w-]+/g;
const JWE = /^eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/;
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** Ids and tokens have 32 letters and digits, tokens in mails 24 or 32; one is stored with what it is for. */
const RANDOM = /(?:(?<![\w-])|(?<=delete-account-))(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{24})(?![\w-])/g;
const SIGNED = /\b(true|[\w-]+)\.([A-Za-z0-9+/]{43}=)/g;
const PASSWORD_HASH = /\b[0-9a-f]{32}:[0-9a-f]{128}\b/g;
/** A key's coordinates in a stored JWK, whose quotes JSON has escaped; and an encrypted private key. */
const COORDINATE = /(\\"[xyn]\\":\\")[\w-]+/g;
const ENCRYPTED_KEY = /"\\"[0-9a-f]{200,}\\""/g;
/** A part of a session cache that was too long for one cookie. */
const PIECE = /^([^=]*session_data)\.\d+=([^;]+)/;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const bytes = (text) => new TextEncoder().encode(text);
const hmac = (text, encoding) => createHmac("sha256", SECRET).update(text).digest(encoding);

/** The signed form of a cookie's value, as bearer sends it. */
export const signed = (value) => `${value}.${hmac(value, "base64")}`;

/** One scenario on one server. Numbers go on from answer to answer. */
export class Reading {
  #server;
  #numbers = new Map();
  #tokens = new Map();

  constructor(server) {
    this.#server = server;
  }

  /** `{ status, headers: { name: value }, cookies: [text], body }` with everything masked. */
  async read(answer) {
    await this.#openTokens([answer.text, ...answer.headers.map(([, value]) => decoded(value))]);
    const isPage = answer.text.startsWith("<!DOCTYPE html>") || answer.text.startsWith("<!doctype html>");
    const body = isPage ? "<a page>" : this.#mask(parsed(answer.text));
    const lines = answer.headers.filter(([name]) => name === "set-cookie").map(([, line]) => line);
    const pieces = lines.map((line) => line.match(PIECE)).filter(Boolean);
    const whole = pieces.map(([, , value]) => value).join("");
    if (whole) await this.#openTokens([`${pieces[0][1]}=${whole}`]);
    const last = pieces.at(-1)?.input;
    const cookies = lines.map((line) =>
      this.#cookie(line, PIECE.test(line) ? whole : undefined, line === last),
    );
    const headers = {};
    for (const [name, value] of answer.headers.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (TRANSPORT.has(name) || name === "set-cookie") continue;
      const masked = MASKED_HEADERS[name] ?? (WAITS.has(name) ? wait(value) : this.#text(value));
      headers[name] = name in headers ? `${headers[name]}, ${masked}` : masked;
    }
    return { status: answer.status, headers, cookies, body };
  }

  /** What a text says, masked like an answer. */
  async readText(text) {
    await this.#openTokens([text]);
    return this.#text(text);
  }

  /** What a Set-Cookie says; `whole` is what it is a piece of, of which only the last is not full. */
  #cookie(line, whole, isLast) {
    const [, name, value, attributes] = line.match(/^([^=]*)=([^;]*)(.*)$/);
    if (value === "") return line;
    if (whole) {
      const size = isLast ? "the rest" : `${value.length} characters`;
      return `${name}=<${size} of ${this.#text(whole)}>${attributes}`;
    }
    const plain = decoded(value);
    const spelling = encodeURIComponent(plain) === value ? "" : "<oddly encoded>";
    return `${name}=${spelling}${this.#text(plain)}${attributes}`;
  }

  #mask(value, member) {
    if (typeof value === "string") {
      if (member in MASKED_MEMBERS) return MASKED_MEMBERS[member];
      if (["x", "y", "n"].includes(member)) return `<${value.length} characters of base64url>`;
      return this.#text(value);
    }
    if (typeof value === "number") return this.#number(value, member);
    if (Array.isArray(value)) return value.map((item) => this.#mask(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#mask(item, name)]));
  }

  #number(value, member) {
    if (["iat", "exp"].includes(member)) return distance(value * 1000);
    if (["updatedAt", "expiresAt"].includes(member)) return distance(value);
    return value;
  }

  #text(text) {
    if (this.#tokens.has(text)) return this.#token(text);
    const { origin, port } = this.#server;
    return text
      .replace(JWT, (jwt) => (this.#tokens.has(jwt) ? this.#token(jwt) : jwt))
      .replaceAll(origin, "<origin>")
      .replaceAll(encodeURIComponent(origin), "<encoded origin>")
      .replaceAll(`:${port}`, ":<port>")
      .replace(ISO_TIME, (time) => distance(Date.parse(time)))
      .replace(SIGNED, (whole, value, signature) =>
        signature === hmac(value, "base64") ? `${value}.<signed>` : whole,
      )
      .replace(PASSWORD_HASH, "<hash>")
      .replace(COORDINATE, "$1<coordinate>")
      .replace(ENCRYPTED_KEY, "<encrypted key>")
      .replace(UUID, "<uuid>")
      .replace(RANDOM, (random) => {
        if (!this.#numbers.has(random)) this.#numbers.set(random, this.#numbers.size + 1);
        const letters = /[A-Z]/.test(random) ? "" : " small";
        return `<${random.length}${letters} random #${this.#numbers.get(random)}>`;
      });
  }

  #token(text) {
    const { kind, header, content } = this.#tokens.get(text);
    return `<${kind} ${JSON.stringify(this.#mask(header))} ${JSON.stringify(this.#mask(content))}>`;
  }

  /** Finds the tokens in texts and remembers what they say, if they are properly signed. */
  async #openTokens(texts) {
    for (const text of texts) {
      const value = text.replace(/^[^=]*=/, "").split(";")[0];
      if (JWE.test(value)) this.#tokens.set(value, { kind: "jwe", ...(await openJwe(value)) });
      const compact = /^[^=]*session_data=/.test(text) && openCompact(value);
      if (compact) this.#tokens.set(value, { kind: "cache", ...compact });
      for (const jwt of text.match(JWT) ?? []) {
        const opened = await this.#openJwt(jwt);
        if (opened) this.#tokens.set(jwt, opened);
      }
    }
  }

  async #openJwt(jwt) {
    for (const key of [bytes(SECRET), bytes(SHARED_JWT_SECRET), await this.#publishedKeys()]) {
      try {
        const { payload, protectedHeader } = await compactVerify(jwt, key);
        const content = JSON.parse(new TextDecoder().decode(payload));
        return { kind: "jwt", header: protectedHeader, content };
      } catch {
        // Another key, or somebody's nonsense, which then stands in the comparison as it is.
      }
    }
  }

  async #publishedKeys() {
    const { port, path } = this.#server;
    const { status, text } = await exchange(port, { method: "GET", target: `${path}/jwks` });
    return createLocalJWKSet(status === 200 ? JSON.parse(text) : { keys: [] });
  }
}

/** Seconds, rounded up to ten. */
const wait = (seconds) => `<${Math.ceil(Number(seconds) / 10) * 10} s>`;

/** `<now>`, `<now+15m>`: a time as a distance, rounded up to a minute because tests take a while. */
function distance(time) {
  const minutes = Math.ceil((time - Date.now()) / 60_000);
  return minutes === 0 ? "<now>" : `<now${minutes > 0 ? "+" : ""}${minutes}m>`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
