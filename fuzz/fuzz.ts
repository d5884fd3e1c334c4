import { STALL_ENDS_WITHIN_MS } from './conversation.ts';
import { Findings } from './findings.ts';
import { fuzzParsers } from './fuzz-parsers.ts';
import { WireFuzzer } from './fuzz-wire.ts';
import { readOptions } from './options.ts';

/** `npm run fuzz`: rounds of inputs that follow from a seed, until the time is over. */

/** After this many failures, further ones mostly repeat them. */
const MOST_FAILURES = 5;
const LARGEST_SEED = 2_147_483_647;

const options = readOptions();
if (options !== null) {
  const { seconds, seed, parts, reportsDelaysOnly } = options;
  const endsAt = performance.now() + seconds * 1_000;
  process.stdout.write(`seed ${seed}\n`);
  const findings = new Findings(reportsDelaysOnly);
  const wire = new WireFuzzer(findings);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      wire.abandon();
      process.exit(code);
    });
  }
  let rounds = 0;
  do {
    const ofRound = (seed + rounds) % LARGEST_SEED;
    if (parts.includes('parsers')) await fuzzParsers(ofRound, findings);
    if (parts.includes('wire')) await wire.round(ofRound, endsAt - performance.now() > STALL_ENDS_WITHIN_MS);
    rounds += 1;
  } while (performance.now() < endsAt && findings.count < MOST_FAILURES);
  await wire.stop();
  const statuses = [...wire.statuses]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${status} ${count}`);
  process.stdout.write(
    `${rounds} rounds from seed ${seed}; answers: ${statuses.join(', ') || 'none'}\n` +
      `event loop held at most ${findings.longestDelayMs.toFixed(1)} ms by one input (${wire.longestSeenMs.toFixed(1)} ms ` +
      `together with the garbage collector and other programs); ${(wire.mostMoreBytes / 1_048_576).toFixed(1)} MB more at the end\n` +
      `${findings.count === 0 ? 'nothing was found' : `${findings.count} failures`}\n`,
  );
  process.exitCode = findings.count === 0 ? 0 : 1;
}
