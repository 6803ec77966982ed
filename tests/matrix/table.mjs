// The document: what was measured, in Markdown.
import { ISSUERS } from "./issuers.mjs";
import { AFTERWARDS, AT_FIRST } from "./tokens.mjs";
import { VERIFIERS } from "./verifiers.mjs";

const TOKENS = [...AT_FIRST, ...AFTERWARDS];

/** `measured` is a `Measured`; `versions` are of the packages of others. */
export function document(measured, versions) {
  return `# Every issuer with every verifier

Take any issuer and any verifier: each verifier takes the good tokens of every issuer and refuses the bad ones. Where
they differ is a change of the issuer's key; that is in the last two columns of the table and in what stands below it.

\`make test-matrix\` starts all of these as processes of their own, measures what stands here and fails
where it is anything else. Anew: \`REGENERATE=1 make test-matrix\`.

Issuers: Tessera, and the npm package better-auth ${versions.betterAuth} with its \`jwt\` plugin (HS256 by the
plugin's \`sign\`). Verifiers:

- **axum**: \`tessera serve --only api\`, which is [crates/axum](../crates/axum) around the tasks;
- **FastAPI**: the package in [python](../python), with FastAPI ${versions.fastapi};
- **PyJWT** ${versions.pyjwt} with \`cryptography\`, as its documentation has it: \`PyJWKClient\`, or \`jwt.decode\` with the secret;
- **jose** ${versions.jose} on Node, as its documentation has it: \`createRemoteJWKSet\` and \`jwtVerify\`.

## What is accepted

A cell is of all four verifiers, unless it names some. The last two columns are from when the issuer had changed its
key, with the verifiers as they were: "rotated key" is a token that the new one signed, "key before" the good one.

${table(
  ["issuer", ...TOKENS.map(({ name }) => name)],
  ISSUERS.map((issuer) => lineOf(issuer, measured)),
)}

- Key pairs change by \`tessera keys rotate --now\`, and by the npm package's own rotation. The verifiers fetch the
  keys when a token names one that they do not know. PyJWT and jose do so a second after the last fetch here,
  and thirty if they are not told otherwise; Tessera's two ten, and until then they answer 503 with
  \`Retry-After\`, since nothing can be said of such a token.
- Secrets change on both sides. Tessera's two have both secrets, as \`new,old\`, before the issuer has the new one.
  PyJWT and jose take one: they refuse the new tokens until they are started with the new secret, and from then
  on the old tokens, which the test shows as well.

## The tokens, and what is said of them

Each is wrong in one way and refused for that: another reason fails the test. Two more services run that do
half of what they should, one looking at signatures and the other at claims. Each lets in what only the other
half would notice, which shows that the tokens are bad in one way, and that the test sees who is let in.

${table(
  ["token", "what it is", ...VERIFIERS.map(({ name }) => name)],
  AT_FIRST.map((token) => legendOf(token, measured)),
)}

Those of Tessera name the claim, or the signature, in the challenge's \`error_description\`.
`;
}

function lineOf(issuer, measured) {
  const cells = TOKENS.map((token) => {
    const isAccepted = (verifier) => measured.get(verifier, issuer, token).outcome === "accepted";
    const names = (wanted) => VERIFIERS.filter((each) => isAccepted(each) === wanted).map(({ name }) => name);
    const [accepting, refusing] = [names(true), names(false)];
    if (refusing.length === 0) return "accepted";
    if (accepting.length === 0) return "refused";
    // Whoever takes one secret only refuses the next one's tokens until then; nothing else divides them.
    return `accepted by ${accepting.join(", ")}; by ${refusing.join(" and ")} once restarted`;
  });
  return [issuer.name, ...cells];
}

function legendOf(token, measured) {
  const cells = VERIFIERS.map((verifier) => {
    const said = new Set(ISSUERS.map((issuer) => measured.get(verifier, issuer, token).said ?? "200"));
    return [...said].map((code) => `\`${code}\``).join(", ");
  });
  return [token.name, token.is, ...cells];
}

function table(head, lines) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line)].join("\n");
}
