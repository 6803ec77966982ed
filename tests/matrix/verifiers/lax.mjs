// Two services that nobody should run, each of which does half of what has to be done:
// `/signature-only/…` believes whatever is signed, `/claims-only/…` whatever reads well.
import { createServer } from "node:http";
import { base64url, compactVerify, createRemoteJWKSet, decodeJwt, errors, UnsecuredJWT } from "jose";

const { PORT, ISSUERS } = process.env;
const issuers = JSON.parse(ISSUERS);
const UNSIGNED = base64url.encode('{"alg":"none"}');

const HALVES = {
  async "signature-only"(token, { jwksUrl, secrets }) {
    const key = jwksUrl ? createRemoteJWKSet(new URL(jwksUrl)) : new TextEncoder().encode(secrets[0]);
    await compactVerify(token, key);
    return decodeJwt(token);
  },
  async "claims-only"(token, { origin }) {
    const unsigned = `${UNSIGNED}.${token.split(".")[1]}.`;
    return UnsecuredJWT.decode(unsigned, { issuer: origin, audience: origin }).payload;
  },
};

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const [, half, path] = request.url.split("/");
  if (!(half in HALVES && path in issuers)) return answer(404, {});
  try {
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    answer(200, { user_id: (await HALVES[half](token, issuers[path])).sub });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    answer(401, { refused: error.code, claim: error.claim });
  }
});
server.listen(Number(PORT), "127.0.0.1");
