import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

/** 0 (guessed at once) to 4 (out of reach). */
export type Strength = 0 | 1 | 2 | 3 | 4;

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/**
 * How hard a password is to guess. Heavy: import this module only when needed.
 *
 * @param own what an attacker knows of the person, such as name and e-mail
 */
export function strengthOf(password: string, own: string[]): Strength {
  return estimator.check(password, own).score;
}
