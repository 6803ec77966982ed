// The cookie that answers for a session without the database, in the three forms that the npm package has.
import { createHmac, hkdfSync } from "node:crypto";
import { calculateJwkThumbprint, EncryptJWT, jwtDecrypt, SignJWT } from "jose";
import { SECRET } from "./servers.mjs";

const keyOfJwe = (secret) =>
  hkdfSync("sha256", secret, "better-auth-session", "BetterAuth.js Generated Encryption Key", 64);

const signature = (session, expiresAt, secret = SECRET) =>
  createHmac("sha256", secret)
    .update(JSON.stringify({ ...session, expiresAt }))
    .digest("base64url");

/** What a compact one says, `{ header, content }`, if it is properly signed. */
export function openCompact(value) {
  try {
    const { session, expiresAt, ...rest } = JSON.parse(Buffer.from(value, "base64url").toString());
    const right = signature(session, expiresAt) === rest.signature;
    return right ? { header: { expiresAt }, content: session } : undefined;
  } catch {
    return undefined;
  }
}

/** What an encrypted one says. */
export async function openJwe(value) {
  const key = new Uint8Array(keyOfJwe(SECRET));
  const { payload, protectedHeader } = await jwtDecrypt(value, key, { currentDate: new Date(0) });
  return { header: protectedHeader, content: payload };
}

/** One that says `content`, which is `{ session, user, updatedAt, version }`, for so many seconds. */
export async function seal(strategy, content, seconds, secret = SECRET) {
  const now = Math.floor(Date.now() / 1000);
  if (strategy === "compact") {
    const expiresAt = (now + seconds) * 1000;
    const members = { session: content, expiresAt, signature: signature(content, expiresAt, secret) };
    return Buffer.from(JSON.stringify(members)).toString("base64url");
  }
  const claims = { ...content, iat: now, exp: now + seconds };
  if (strategy === "jwt") {
    return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
  }
  const key = new Uint8Array(keyOfJwe(secret));
  const kid = await calculateJwkThumbprint({ kty: "oct", k: Buffer.from(key).toString("base64url") });
  return new EncryptJWT({ ...claims, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: "dir", enc: "A256CBC-HS512", kid })
    .encrypt(key);
}
