// A service of jose's documentation: an issuer's keys by `createRemoteJWKSet`, or its secret.
import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const { PORT, ISSUERS } = process.env;
const issuers = new Map(
  Object.entries(JSON.parse(ISSUERS)).map(([path, issuer]) => [`/${path}/me`, policy(issuer)]),
);

function policy({ algorithm, origin, jwksUrl, secrets }) {
  const key = jwksUrl
    ? // A new key is looked for a second after the last fetch; by default, thirty.
      createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 1000 })
    : new TextEncoder().encode(secrets[0]);
  const options = {
    algorithms: [algorithm],
    issuer: origin,
    audience: origin,
    requiredClaims: ["sub", "exp"],
  };
  return (token) => jwtVerify(token, key, options);
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const verify = issuers.get(request.url);
  if (!verify) return answer(404, {});
  try {
    const { payload } = await verify(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
    answer(200, { user_id: payload.sub });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    answer(401, { refused: error.code, claim: error.claim });
  }
});
server.listen(Number(PORT), "127.0.0.1");
