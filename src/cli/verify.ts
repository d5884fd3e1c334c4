import { type Command, Option } from 'commander';
import { LogDamaged } from '../events/errors.ts';
import { damage, examine } from '../operations/verify/examine.ts';
import { type Finding, isOfView } from '../operations/verify/finding.ts';
import { sampleOf } from '../operations/verify/sample.ts';
import { checkpointOf } from '../operations/verify/stores.ts';
import { Suspects } from '../operations/verify/suspects.ts';
import { verifyAll } from '../operations/verify/verify-all.ts';
import { countArgument } from './arguments.ts';
import { type AtTerminal, atTerminal } from './at-terminal.ts';
import { assertCanAsk } from './confirm.ts';
import { counted } from './counted.ts';
import { DifferencesFound } from './outcomes.ts';
import { type Session, withSession } from './session.ts';
import { findingJsonLine, findingLine } from './verify/finding-text.ts';
import { countLeft, type RepairOptions, repairViews } from './verify/repair-views.ts';

interface Options extends RepairOptions {
  readonly sample: number;
  readonly all?: boolean;
  readonly repair?: boolean;
}

/** `imports verify`: holds the read model and the log against each other. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('compare the views with what the log makes of them, field by field, and check the log itself')
    .summary('compare the views with the log, field by field; repair them')
    .option('--sample <n>', 'compare about so many streams', countArgument, 1_000)
    .addOption(new Option('--all', 'compare every stream and every view').conflicts('sample'))
    .option('--repair', 'write the views that differ anew from the log; asks first')
    .option('--yes', 'with --repair: do not ask')
    .option('--dry-run', 'with --repair: print what would be written, and change nothing')
    .option('--reason <text>', 'with --repair: why, for the audit')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (options: Options, self: Command) => {
      const { repair = false, dryRun = false } = options;
      if (!repair && (dryRun || options.yes || options.reason !== undefined)) {
        self.error('error: --dry-run, --yes and --reason go with --repair');
      }
      if (repair && !dryRun) assertCanAsk(self, options.yes);
      await atTerminal((terminal) => verify(options, terminal));
    });
}

const HELP = `
Each line is a difference: the stream, what it is (missing, extra, behind, ahead, different, unreadable), and both values.
A stream whose events could not be projected is "quarantined"; what is wrong with the log itself is "gap", "undecodable",
"unfit" or "damaged". The stores may be in use: only what still differs a second later is told, and events that the
service has not come to yet are no difference. A sample is of the newest events and of others at random; views that the
log knows nothing of are looked for with --all only.

It ends with 0 where there is no difference (or none is left), with 3 where there are some.

Examples:
  npx imports verify
  npx imports verify --all --json > differences.ndjson
  npx imports verify --all --repair --dry-run
  npx imports verify --all --repair --reason 'ticket 4711'`;

/** What `replay` does if its version is there already. */
export function verifyAndRepairAll(options: RepairOptions): Promise<void> {
  return atTerminal((terminal) => verify({ ...options, sample: 0, all: true, repair: true }, terminal));
}

async function verify(options: Options, terminal: AtTerminal): Promise<void> {
  try {
    const isAsking = !options.repair || options.dryRun === true;
    await withSession((session) => run(options, session, terminal), { isAsking });
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    // It could not even be opened.
    await terminal.write(lineOf(damage(null, error), options));
    throw new DifferencesFound('The log is damaged.');
  }
}

async function run(options: Options, session: Session, terminal: AtTerminal): Promise<void> {
  const { signal, write, say } = terminal;
  const head = await session.log.head();
  const checkpoint = await checkpointOf(session);
  const behind = checkpoint < head ? '; what lies behind that is yet to be projected' : '';
  say(`The views are to be level with the log up to position ${checkpoint} of ${head}${behind}.`);
  const [told, findings] = options.all
    ? ['all streams and views', verifyAll(session, terminal.scan(session.log, 0n, head), head, signal)]
    : await sampled(options.sample, session);
  let count = 0;
  let beyondRepair = 0;
  const toRepair = new Set<string>();
  for await (const finding of findings) {
    await write(lineOf(finding, options));
    count += 1;
    if (finding.stream === null || !isOfView(finding)) beyondRepair += 1;
    else if (options.repair) toRepair.add(finding.stream);
    if (signal.aborted) break;
  }
  if (signal.aborted) return say(`Not everything was compared. ${differences(count)} so far.`);
  const result = `Compared ${told}: ${differences(count)}.`;
  if (count === 0) return say(result);
  if (toRepair.size === 0) throw new DifferencesFound(result);
  say(result);
  const streams = [...toRepair];
  await repairViews(streams, options, session, terminal);
  if (signal.aborted) return;
  if (options.dryRun) throw new DifferencesFound('Nothing was changed.');
  const left = beyondRepair + (await countLeft(streams, session));
  if (left > 0) throw new DifferencesFound(`${differences(left)} left.`);
}

/** What a sample is of, and its findings. */
async function sampled(size: number, session: Session): Promise<[string, AsyncIterable<Finding>]> {
  const { streams, told } = await sampleOf(session, size, Math.random);
  const findings = async function* () {
    const suspects = new Suspects(session);
    for (const { stream } of await examine(session, streams)) if (stream !== null) suspects.add(stream);
    yield* await suspects.confirm();
  };
  return [`${streams.length} streams (${told})`, findings()];
}

function lineOf(finding: Finding, { json }: Options): string {
  return json ? findingJsonLine(finding) : findingLine(finding);
}

function differences(count: number): string {
  return count === 0 ? 'no difference' : counted(count, 'difference');
}
