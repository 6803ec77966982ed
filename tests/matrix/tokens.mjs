// The tokens: a good one, and others that are wrong in one way each.
import { randomBytes } from "node:crypto";
import { base64url, decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from "jose";

const MINUTE = 60;

/**
 * The columns of the matrix: what each is, and the `reason` to refuse it if there is one. These are there
 * before the issuer changes its key.
 */
export const AT_FIRST = [
  { name: "good", is: "what the issuer's `/token` gave to somebody who had signed up" },
  { name: "expired", reason: "expired", is: "`exp` was ten minutes ago" },
  { name: "not yet valid", reason: "not yet valid", is: "`nbf` is in ten minutes" },
  { name: "wrong audience", reason: "audience", is: "`aud` is another service" },
  { name: "wrong issuer", reason: "issuer", is: "`iss` is another server" },
  {
    name: "tampered claims",
    reason: "signature",
    is: "`sub` is another user, under the good one's signature",
  },
  {
    name: "tampered signature",
    reason: "signature",
    is: "the good one, but for a character of its signature",
  },
  { name: "other key", reason: "signature", is: "signed by somebody else's key, with the issuer's `kid`" },
];

/** And these afterwards. */
export const AFTERWARDS = [
  { name: "rotated key", is: "what `/token` gave once the issuer had changed its key" },
  { name: "key before", is: "the good one, then" },
];

/** Those of `AT_FIRST`, by name. */
export async function tokensOf(issuer) {
  const good = await issuer.token();
  const header = decodeProtectedHeader(good);
  const claims = decodeJwt(good);
  const [head, payload, signature] = good.split(".");
  const key = await issuer.signingKey(header.kid);
  const signed = (changes, by = key) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader(header).sign(by);
  const now = Math.floor(Date.now() / 1000);
  const elsewhere = "http://localhost:1";
  return {
    good,
    expired: await signed({ iat: now - 25 * MINUTE, exp: now - 10 * MINUTE }),
    "not yet valid": await signed({ nbf: now + 10 * MINUTE }),
    "wrong audience": await signed({ aud: elsewhere }),
    "wrong issuer": await signed({ iss: elsewhere }),
    "tampered claims": [head, otherSubject(payload), signature].join("."),
    "tampered signature": [head, payload, otherMiddle(signature)].join("."),
    "other key": await signed({}, await otherKey(header.alg)),
  };
}

function otherSubject(payload) {
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
  return base64url.encode(JSON.stringify({ ...claims, sub: "AnotherUser000000000000000000000" }));
}

/** The last character may hold bits that nobody reads. */
function otherMiddle(text) {
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
}

async function otherKey(algorithm) {
  return algorithm === "HS256" ? randomBytes(32) : (await generateKeyPair(algorithm)).privateKey;
}
