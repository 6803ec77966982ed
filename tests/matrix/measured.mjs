// What was measured, by verifier, issuer and token, each of which has a `name`.
export class Measured {
  #answers = new Map();

  /** An answer of verifiers.mjs. */
  get(verifier, issuer, token) {
    return this.#answers.get(key(verifier, issuer, token));
  }

  /** Asks about a token, whose text this is, and keeps the answer. */
  async ask(verifier, issuer, token, text) {
    this.#answers.set(key(verifier, issuer, token), await verifier.ask(issuer, text));
  }

  /** In words, what is not as it has to be. */
  wrongs(verifier, issuer, tokens) {
    return tokens.flatMap((token) => {
      const { outcome } = this.get(verifier, issuer, token);
      const expected = outcomeOf(verifier, issuer, token);
      return outcome === expected ? [] : [`${token.name}: ${outcome} instead of ${expected}`];
    });
  }
}

const key = (...named) => named.map(({ name }) => name).join(", ");

/** `accepted`, or the reason why it has to be refused. */
function outcomeOf(verifier, issuer, token) {
  const isOfNewSecret = issuer.algorithm === "HS256" && token.name === "rotated key";
  if (isOfNewSecret && verifier.oneSecret) return "signature";
  return token.reason ?? "accepted";
}
