import type { Attempt } from './delivery-store.ts';

/** The attempts of a delivery as stores keep them: JSON text, so that no store changes what a receiver answered. */

export const MOST_ATTEMPTS = 20;
const MOST_OF_ANSWER = 1_024;
const MOST_OF_FAILURE = 512;

/**
 * The newest attempts, with long texts cut. It is at most some 35,000 characters, and of control characters alone, six times as many.
 * @param keepsAnswers whether the beginnings of the answers are kept
 */
export function attemptsText(attempts: readonly Attempt[], keepsAnswers = true): string {
  const kept = attempts.slice(-MOST_ATTEMPTS).map(({ at, ms, status, answer, failure }) => ({
    at,
    ms,
    status,
    answer: keepsAnswers ? cut(answer, MOST_OF_ANSWER) : null,
    failure: cut(failure, MOST_OF_FAILURE),
  }));
  return JSON.stringify(kept);
}

/** @throws {SyntaxError} it is not from `attemptsText` */
export function attemptsIn(text: unknown): Attempt[] {
  const attempts = JSON.parse(String(text));
  if (!Array.isArray(attempts)) throw new SyntaxError('the attempts of a delivery are no list');
  return attempts;
}

function cut(text: string | null, most: number): string | null {
  // A cut character is replaced.
  return text === null || text.length <= most ? text : text.slice(0, most).toWellFormed();
}
