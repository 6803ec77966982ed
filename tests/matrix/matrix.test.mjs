// Every issuer with every verifier: who is let in, and why everybody else is not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { Running } from "../support/together.mjs";
import { ISSUERS, startIssuer } from "./issuers.mjs";
import { Measured } from "./measured.mjs";
import { document } from "./table.mjs";
import { AFTERWARDS, AT_FIRST, tokensOf } from "./tokens.mjs";
import { LAX, python, startVerifier, VERIFIERS } from "./verifiers.mjs";

const measured = new Measured();
const running = new Running();
let issuers;
/** What each issuer has issued, by the names of tokens.mjs. */
const tokens = new Map();

before(async () => {
  issuers = await startAll(ISSUERS, startIssuer);
  await Promise.all(issuers.map((issuer) => issuer.signUp()));
  const verifiers = await startAll(VERIFIERS, (verifier) => startVerifier(verifier, issuers));
  const lax = await startAll(LAX, (verifier) => startVerifier(verifier, issuers));

  for (const issuer of issuers) tokens.set(issuer, await tokensOf(issuer));
  await askAll([...verifiers, ...lax], AT_FIRST);
  await Promise.all(issuers.map((issuer) => issuer.rotate()));
  for (const issuer of issuers) {
    const { good } = tokens.get(issuer);
    Object.assign(tokens.get(issuer), { "rotated key": await issuer.token(), "key before": good });
  }
  await askAll(verifiers, AFTERWARDS);
});
after(running.stop);

/** Starts all of them, so that all end with the test, also where one does not start. */
function startAll(what, start) {
  return Promise.all(what.map((each) => running.keep(start(each))));
}

/** Asks each verifier about each of these tokens of each issuer, those of one issuer in their order. */
function askAll(verifiers, which) {
  const askAbout = async (verifier, issuer) => {
    for (const token of which) {
      await measured.ask(verifier, issuer, token, tokens.get(issuer)[token.name]);
    }
  };
  return Promise.all(verifiers.flatMap((verifier) => issuers.map((issuer) => askAbout(verifier, issuer))));
}

for (const verifier of VERIFIERS) {
  describe(verifier.name, () => {
    for (const issuer of ISSUERS) {
      test(`v1 v7: lets in whom ${issuer.name} sends, and refuses all else for what it is`, () => {
        assert.deepEqual(measured.wrongs(verifier, issuer, [...AT_FIRST, ...AFTERWARDS]), []);
      });
    }
  });
}

describe("what the matrix rests on", () => {
  const missing = {
    "signature-only": AT_FIRST.filter(({ reason }) => reason && reason !== "signature"),
    "claims-only": AT_FIRST.filter(({ reason }) => reason === "signature"),
  };
  for (const verifier of LAX) {
    test(`a bad token is bad in one way: ${verifier.name} lets in the others, which shows`, () => {
      for (const issuer of ISSUERS) {
        const wrongs = measured.wrongs(verifier, issuer, AT_FIRST);
        assert.equal(wrongs.length, missing[verifier.name].length, `${issuer.name}: ${wrongs}`);
        for (const token of missing[verifier.name]) {
          assert.match(measured.get(verifier, issuer, token).outcome, /^accepted/, token.name);
        }
      }
    });
  }

  test("t4: a key pair that has been changed is another", () => {
    for (const issuer of issuers.filter(({ jwksUrl }) => jwksUrl)) {
      const { good, "rotated key": rotated } = tokens.get(issuer);
      const [before, now] = [good, rotated].map((token) => decodeProtectedHeader(token));
      assert.equal(now.alg, before.alg);
      assert.notEqual(now.kid, before.kid, issuer.name);
    }
  });

  test("t4: who takes one secret and has the new one refuses what the old one signed", async () => {
    const changed = issuers
      .filter(({ secrets }) => secrets)
      .map((issuer) => ({ ...issuer, secrets: issuer.secrets.toReversed() }));
    const anew = VERIFIERS.filter(({ oneSecret }) => oneSecret);
    for (const verifier of await startAll(anew, (each) => startVerifier(each, changed))) {
      for (const issuer of changed) {
        const { good, "rotated key": rotated } = tokens.get(issuers.find(({ name }) => name === issuer.name));
        const outcomes = [await verifier.ask(issuer, rotated), await verifier.ask(issuer, good)];
        assert.deepEqual(
          outcomes.map(({ outcome }) => outcome),
          ["accepted", "signature"],
          `${verifier.name} and ${issuer.name}`,
        );
      }
    }
  });
});

test("docs/matrix.md says what was measured", async () => {
  const path = new URL("../../docs/matrix.md", import.meta.url);
  const text = document(measured, await versions());
  if (process.env.REGENERATE) await writeFile(path, text);
  const kept = await readFile(path, "utf8");
  assert.deepEqual(kept.split("\n"), text.split("\n"), "write it anew: REGENERATE=1 make test-matrix");
});

async function versions() {
  const inPython = (name) => {
    const program = `import importlib.metadata as metadata; print(metadata.version("${name}"))`;
    return execFileSync(python, ["-c", program], { encoding: "utf8" }).trim();
  };
  const ofNode = async (name) => {
    const path = new URL(`../peers/better-auth/node_modules/${name}/package.json`, import.meta.url);
    return JSON.parse(await readFile(path, "utf8")).version;
  };
  return {
    betterAuth: await ofNode("better-auth"),
    fastapi: inPython("fastapi"),
    jose: await ofNode("jose"),
    pyjwt: inPython("PyJWT"),
  };
}
