// The verifiers: processes that take a token and say whose it is, or why they refuse it.
import { fileURLToPath } from "node:url";
import { freePort, startServer } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";
import { startTogether } from "../support/together.mjs";

const folder = fileURLToPath(new URL("verifiers", import.meta.url));
export const python = fileURLToPath(new URL("../../target/python/newest/bin/python", import.meta.url));

/** The issuer's key is not known yet, and will be looked for. */
const LATER = "later";
const PATIENCE = 30_000;

/** A column of the matrix each. Of those with `oneSecret` nobody can have two while one replaces the other. */
export const VERIFIERS = [
  { name: "axum", start: startApi, why: whyOfTessera },
  { name: "FastAPI", start: service(python, "package_service.py"), why: whyOfTessera },
  { name: "PyJWT", start: service(python, "pyjwt_service.py"), why: whyOfPyJwt, oneSecret: true },
  { name: "jose", start: service(process.execPath, "jose.mjs"), why: whyOfJose, oneSecret: true },
];

/** See `lax.mjs`: what the matrix would look like with half of the checks. */
export const LAX = ["signature-only", "claims-only"].map((half) => ({
  name: half,
  start: service(process.execPath, "lax.mjs", `/${half}`),
  why: whyOfJose,
}));

/**
 * Starts one of them for all issuers. `ask(issuer, token)` resolves to `{ outcome, said }`: whether it is
 * `accepted`, or a reason of tokens.mjs; and what the verifier itself calls that.
 */
export async function startVerifier(verifier, issuers) {
  const { get, stop } = await verifier.start(issuers);
  const askOnce = async (issuer, token) => {
    const { status, headers, body } = await get(issuer, token);
    if (status === 200) {
      const isTheirs = body.user_id === issuer.userId;
      return { outcome: isTheirs ? "accepted" : "accepted as somebody else" };
    }
    const said = [body.code ?? body.refused, body.claim].filter(Boolean).join(" ");
    return { outcome: verifier.why(said, headers) ?? `${status} ${said}`, said };
  };
  const ask = async (issuer, token) => {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const answer = await askOnce(issuer, token);
      if (answer.outcome !== LATER || Date.now() > deadline) return answer;
      await new Promise((again) => setTimeout(again, 100));
    }
  };
  return { ...verifier, ask, stop };
}

/** The bundled API in a process of its own, one for each issuer. Its tasks are its caller's. */
async function startApi(issuers) {
  const start = ({ algorithm, origin, jwksUrl, secrets }) => {
    const keys = jwksUrl
      ? { TESSERA_JWKS_URL: jwksUrl }
      : { TESSERA_JWT_ALGORITHM: algorithm, TESSERA_JWT_SECRETS: secrets.toReversed().join(",") };
    return startTessera({ TESSERA_ONLY: "api", BETTER_AUTH_URL: origin, TESSERA_LOG: "info", ...keys });
  };
  const { servers, stop } = await startTogether(async (keep) => {
    const started = issuers.map(async (issuer) => [issuer.name, await keep(start(issuer))]);
    return { servers: new Map(await Promise.all(started)) };
  });
  const get = async (issuer, token) => {
    const answer = await fetchJson(`${servers.get(issuer.name).url}/api/${issuer.userId}/tasks`, token);
    const body = answer.status === 200 ? { user_id: issuer.userId } : answer.body;
    return { ...answer, body };
  };
  return { get, stop };
}

/** One of `verifiers/`, which serves each issuer's callers under `under/<issuer>/me`. */
function service(command, file, under = "") {
  const pathOf = ({ name }) => name.toLowerCase().replace(" ", "-");
  return async (issuers) => {
    const port = await freePort();
    const settings = issuers.map((issuer) => {
      const { algorithm, origin, jwksUrl, secrets } = issuer;
      return [pathOf(issuer), { algorithm, origin, jwksUrl, secrets }];
    });
    const url = `http://127.0.0.1:${port}${under}`;
    const { stop } = await startServer({
      program: command,
      args: [file],
      cwd: folder,
      url,
      // Whatever it answers.
      isReady: () => fetch(url),
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        ISSUERS: JSON.stringify(Object.fromEntries(settings)),
      },
    });
    return { get: (issuer, token) => fetchJson(`${url}/${pathOf(issuer)}/me`, token), stop };
  };
}

async function fetchJson(url, token) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

function whyOfTessera(code, headers) {
  const detail = headers.get("www-authenticate")?.match(/error_description="([^"]*)"/)?.[1] ?? "";
  if (code === "KEYS_UNAVAILABLE") return LATER;
  if (code === "TOKEN_EXPIRED") return "expired";
  if (code === "TOKEN_NOT_YET_VALID") return "not yet valid";
  if (detail.startsWith("'aud' should be")) return "audience";
  if (detail.startsWith("'iss' should be")) return "issuer";
  if (detail === "the signature does not verify") return "signature";
}

function whyOfPyJwt(error) {
  return {
    InvalidSignatureError: "signature",
    ExpiredSignatureError: "expired",
    ImmatureSignatureError: "not yet valid",
    InvalidAudienceError: "audience",
    InvalidIssuerError: "issuer",
    PyJWKClientError: LATER,
  }[error];
}

function whyOfJose(error) {
  return {
    ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "signature",
    "ERR_JWT_EXPIRED exp": "expired",
    "ERR_JWT_CLAIM_VALIDATION_FAILED nbf": "not yet valid",
    "ERR_JWT_CLAIM_VALIDATION_FAILED aud": "audience",
    "ERR_JWT_CLAIM_VALIDATION_FAILED iss": "issuer",
    ERR_JWKS_NO_MATCHING_KEY: LATER,
  }[error];
}
