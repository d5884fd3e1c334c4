import { type Command, Option } from 'commander';
import { LogDamaged } from '../events/errors.ts';
import { checkpointOf } from '../operations/verify/checkpoint.ts';
import { damage } from '../operations/verify/examine.ts';
import { type Finding, isOfView } from '../operations/verify/finding.ts';
import { Found } from '../operations/verify/found.ts';
import type { StoresForReading } from '../projections/stores.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { countArgument } from './arguments.ts';
import { assertCanAsk } from './confirm.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import type { OperatorsStores } from './operators-stores.ts';
import { DifferencesFound } from './outcomes.ts';
import { Table } from './table.ts';
import { everything, sampled } from './verify/comparison.ts';
import { FINDING_COLUMNS, findingJsonLine, findingTexts } from './verify/finding-text.ts';
import { noteLook } from './verify/note-look.ts';
import { countLeft, type RepairOptions, repairViews } from './verify/repair-views.ts';

interface Options extends RepairOptions {
  /** How many streams, without `--all`. */
  readonly sample?: number;
  readonly all?: boolean;
  /** With `--all`. */
  readonly blobs?: boolean;
  /** With `--all`. */
  readonly note?: boolean;
  readonly repair?: boolean;
  readonly operator?: string;
}

/** `imports verify`: compares the read model with the log. */
export function addVerifyCommand(program: Command, context: Context): void {
  program
    .command('verify')
    .description(
      'compare the views with what the log makes of them, field by field, and check the log itself, and the bytes of images',
    )
    .summary('compare the views with the log, field by field; repair them')
    .option('--sample <n>', 'compare about so many streams', countArgument, 1_000)
    .addOption(new Option('--all', 'compare every stream and every view').conflicts('sample'))
    .option('--blobs', 'with --all: read the bytes of all images, and compare them with what the log says')
    .option('--note', 'with --all: note in DATA_DIR when it was and what it found, for `status` and the metrics')
    .option('--repair', 'write the views that differ again from the log; asks first')
    .option('--yes', 'with --repair: do not ask')
    .option('--dry-run', 'with --repair: print what would be written, and change nothing')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (options: Options, self: Command) => {
      const { repair = false, dryRun = false } = options;
      if ((options.blobs || options.note) && !options.all) self.error('error: --blobs and --note go with --all');
      const { yes, reason, operator } = options;
      if (!repair && (dryRun || [yes, reason, operator].some((one) => one !== undefined))) {
        self.error('error: --dry-run, --yes, --operator and --reason go with --repair');
      }
      if (repair && !dryRun) assertCanAsk(context, self, options.yes);
      await verify(options, context);
    });
}

const HELP = `
Each line is a difference: the stream, what it is (missing, extra, behind, ahead, different, unreadable), and both values.
A stream is "quarantined" if one of its events could not be projected. Faults of the log itself are "gap", "undecodable",
"unfit" and "damaged". The service may run meanwhile: a difference counts only if it is still there a second later, and
events that are not projected yet are no difference. A sample has the streams of the newest events, and others at random.
Only --all finds views that have no stream in the log. Where the log is damaged, --all says which positions cannot be read, and goes
on after them. --note keeps in DATA_DIR when it was and what it has found, for \`imports status\` and the metrics of the service; so does
--repair with --all. Otherwise it changes nothing.

With --blobs, every image that the log names is looked for, and its bytes are read to the end: they are "absent", "altered" (others,
or of another length), or "unread", if that could not be found out. They are not repaired.

It ends with 0 if there is no difference (or none is left), with 3 if there are some, and with 1 if nothing could be compared,
because no event of the log is in the views yet.

Examples:
  npx imports verify
  npx imports verify --all --json > differences.ndjson
  npx imports verify --all --blobs --note
  npx imports verify --all --repair --dry-run
  npx imports verify --all --repair --reason 'ticket 4711'`;

async function verify(options: Options, context: Context): Promise<void> {
  try {
    const writing = options.repair && !options.dryRun ? await context.writing() : null;
    let damaged: LogDamaged | null = null;
    const note = (found: LogDamaged) => {
      damaged = found;
    };
    await verifyStores(options, writing ?? (await context.reading(note)), writing, context, damaged);
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    // The log could not even be opened.
    await findingPrinter(options, context)(damage(null, error));
    throw new DifferencesFound('The log is damaged.');
  }
}

/**
 * @param writing the same stores, for writing; null: they must not be changed
 * @param damaged what was found when the log was opened
 */
export async function verifyStores(
  options: Options,
  stores: StoresForReading,
  writing: OperatorsStores | null,
  context: Context,
  damaged: LogDamaged | null = null,
): Promise<void> {
  const { signal, say } = context;
  const head = await stores.log.head();
  const checkpoint = await checkpointOf(stores);
  const later = checkpoint < head ? '; later events are not projected yet' : '';
  say(`The views should be level with the log up to position ${checkpoint} of ${head}${later}.`);
  if (head > 0n && (await stores.readModel.checkpoint())?.isFilled !== true) {
    say(
      `Version ${VIEWS_VERSION} of the views is not filled yet: \`imports replay\` or the next start of this release fills it.`,
    );
  }
  const { scope, findings, looked } = options.all
    ? await everything(options.blobs === true, stores, head, context)
    : await sampled(options.sample ?? 0, stores);
  const print = findingPrinter(options, context);
  const found = new Found();
  let count = 0;
  let beyondRepair = 0;
  // With `--all`, a damaged event is found again, and told as one.
  if (damaged !== null && (damaged.position === null || !options.all)) {
    const finding = damage(null, damaged);
    await print(finding);
    found.add(finding);
    [count, beyondRepair] = [1, 1];
  }
  const toRepair = new Set<string>();
  for await (const finding of findings) {
    await print(finding);
    found.add(finding);
    count += 1;
    if (finding.stream === null || !isOfView(finding)) beyondRepair += 1;
    else if (options.repair) toRepair.add(finding.stream);
    if (signal.aborted) break;
  }
  if (signal.aborted) return say(`Not everything was compared. ${differences(count)} so far.`);
  const ofFile = damaged === null ? '' : ', of a log whose file is damaged';
  const result = `Compared ${scope()}${ofFile}: ${differences(count)}.`;
  if (count === 0 && checkpoint === 0n && head > 0n) throw new Error(NOTHING_COMPARED);
  const look = looked();
  const note = async (left: Partial<Found['counts']> = {}) => {
    if (look !== null && (options.note || writing !== null))
      await noteLook({ log: stores.log.id, ...look, ...found.counts, ...left }, context);
  };
  await note();
  if (count === 0) return say(result);
  if (toRepair.size === 0) throw new DifferencesFound(result);
  say(result);
  const streams = [...toRepair];
  await repairViews(streams, options, stores, writing, context);
  if (signal.aborted) return;
  if (options.dryRun) throw new DifferencesFound('Nothing was changed.');
  const differencesLeft = await countLeft(streams, stores);
  await note(differencesLeft === 0 ? { differences: 0, first_difference: null } : { differences: differencesLeft });
  const left = beyondRepair + differencesLeft;
  if (left > 0) throw new DifferencesFound(`${differences(left)} left.`);
}

const NOTHING_COMPARED =
  'Nothing was compared: no event of the log is in the views yet. Start the service, or run `imports replay`, and verify then.';

function findingPrinter({ json }: Options, context: Context): (finding: Finding) => Promise<void> {
  const table = new Table(context, FINDING_COLUMNS);
  return (finding) => (json ? context.write(findingJsonLine(finding)) : table.print([findingTexts(finding)]));
}

function differences(count: number): string {
  return count === 0 ? 'no difference' : counted(count, 'difference');
}
