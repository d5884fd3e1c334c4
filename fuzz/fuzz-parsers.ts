import fc from 'fast-check';
import { type Findings, LONGEST_DELAY_MS } from './findings.ts';
import { PARSERS, type Parser, type Work } from './parsers.ts';

const RUNS = 60;
/** A slow try may be a pause of the garbage collector. A delay counts only if every try is slow. */
const TRIES = 5;

/** Tries every parser with inputs that follow from the seed. An input that fails is shrunk. */
export async function fuzzParsers(seed: number, findings: Findings): Promise<void> {
  for (const parser of PARSERS) {
    const property = fc.asyncProperty(parser.work, (work) => holds(parser, work, findings));
    const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns: RUNS });
    if (!failed) continue;
    const input = counterexample?.[0].input;
    findings.fail({
      part: 'parsers',
      seed,
      what: `${parser.name}: ${String(errorInstance)}`,
      input,
      error: errorInstance,
    });
  }
}

/** The CPU time of this thread, so that other programs on the machine do not count. */
function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function holds({ mayThrow }: Parser, work: Work, findings: Findings): Promise<void> {
  let tookMs = Number.POSITIVE_INFINITY;
  for (let count = 0; count < TRIES && tookMs > LONGEST_DELAY_MS; count += 1) {
    const beganAt = usedMs();
    let pending: unknown;
    let thrown: unknown;
    try {
      pending = work.run();
    } catch (error) {
      thrown = error;
    }
    tookMs = Math.min(tookMs, usedMs() - beganAt);
    try {
      await pending;
    } catch (error) {
      thrown = error;
    }
    if (thrown !== undefined && !mayThrow.some((kind) => thrown instanceof kind)) throw thrown;
  }
  if (findings.delay(tookMs)) throw new Error(`it takes ${Math.round(tookMs)} ms at least`);
}
