import { type Command, Option } from 'commander';
import { fillVersion } from '../operations/replay/fill-version.ts';
import { liveAmong, type Replaying, replay } from '../operations/replay/replay.ts';
import type { StoresForReading } from '../projections/stores.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { openVersions } from '../stores/open-read-model.ts';
import { PATIENCE_MS } from '../stores/options.ts';
import { uuidArgument } from './arguments.ts';
import { assertCanAsk, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import type { OperatorsStores } from './operators-stores.ts';
import { Interrupted, isReaderGone } from './outcomes.ts';
import { comparisonJson, comparisonText, differenceJson, differenceText } from './replay/difference-text.ts';
import { planJson, planText } from './replay/plan-text.ts';
import { repairImport } from './replay/repair-import.ts';
import { verifyStores } from './verify.ts';

interface Options {
  readonly dryRun?: true;
  readonly reason?: string;
  readonly yes?: true;
  readonly only?: string;
  readonly adopt?: true;
  readonly json?: true;
}

/** How many differences are shown to a person; `--json` prints all. */
const EXAMPLES = 20;

/** `imports replay`: fills the version of the views of this release from the log, or repairs it if it is filled. */
export function addReplayCommand(program: Command, context: Context): void {
  program
    .command('replay')
    .description('fill the views of this release from the log; if they are filled, repair those that differ')
    .summary('fill the views of this release, or repair them')
    .option('--dry-run', 'print what would be done, and change nothing')
    .option(...YES)
    .addOption(
      new Option('--only <import-id>', 'repair the view of this import').argParser(uuidArgument).conflicts('yes'),
    )
    .option('--adopt', 'if there are views of another log, throw them away')
    .option('--json', 'print one JSON object a line: every view that differs, then the counts')
    .addHelpText('after', HELP)
    .action(async (options: Options, self: Command) => {
      const { dryRun, only, adopt } = options;
      if (only !== undefined) return repairImport({ ...options, only }, context);
      // Before any thread starts: callers of the service come first.
      if (!dryRun) context.surroundings.lowerPriority();
      const writing = dryRun ? null : await context.writing({ ofOthers: adopt ? context.operator : 'refuse' });
      const stores = writing ?? (await context.reading());
      if ((await stores.readModel.checkpoint())?.isFilled) {
        if (writing !== null) {
          assertCanAsk(context, self, options.yes);
          // Nobody may have used it for a while.
          await catchUp(writing, context);
        }
        return verifyStores({ ...options, all: true, repair: true }, stores, writing, context);
      }
      return writing === null ? tellPlan(stores, options, context) : fill(writing, options, context);
    });
}

const HELP = `
A release that changes what the views say has its own version of them. Run this from the new release, before the deploy. It
fills the version of the new release while the nodes of the old release serve, shows how the two versions differ, and ends.
You may stop it at any moment (Ctrl-C): the next run resumes it. If the version is filled already, the views that differ
from the log are repaired in place, as \`verify --all --repair\` does.

Examples:
  npx imports replay --dry-run
  npx imports replay --reason 'album ids in upper case'
  npx imports replay --only 3d172b54-f40f-4df9-9342-0b042fac5382`;

async function tellPlan({ log, readModel }: StoresForReading, { json }: Options, context: Context): Promise<void> {
  const versions = context.closeAtEnd(await openVersions(context.config, context.say, PATIENCE_MS));
  const [head, checkpoint] = [await log.head(), await readModel.checkpoint()];
  const after = checkpoint?.position ?? 0n;
  const live = liveAmong(await versions.list(), log)?.name ?? null;
  const events = log.hasDensePositions ? Number(head - after) : null;
  const plan = { version: String(VIEWS_VERSION), events, after, head, resumable: after > 0n, live };
  await context.write(json ? planJson(plan) : planText(plan));
}

async function catchUp({ log, readModel }: OperatorsStores, { say, progress, signal }: Context): Promise<void> {
  const onProgress = async (events: number, share: number) => progress(events, share);
  await fillVersion(log, readModel, { onProgress, onWarning: say }, signal);
}

async function fill(stores: OperatorsStores, options: Options, context: Context): Promise<void> {
  const versions = context.closeAtEnd(await openVersions(context.config, context.say, PATIENCE_MS));
  await run({ ...stores, versions }, options, context);
}

async function run(replaying: Replaying, { reason, json: isJson }: Options, context: Context): Promise<void> {
  const { say, signal } = context;
  const write = dataWriter(context);
  const began = performance.now();
  let [events, shown] = [0, 0];
  try {
    const comparison = await replay(
      replaying,
      reason ?? null,
      {
        onBegin(position) {
          if (position > 0n) say(`Version ${VIEWS_VERSION} is resumed after position ${position}.`);
        },
        onProgress(read, share) {
          events = read;
          context.progress(read, share);
        },
        onWarning: say,
        onFilled(live) {
          const seconds = (performance.now() - began) / 1000;
          const speed = `${counted(events, 'event')} in ${seconds.toFixed(1)} s (${Math.round(events / seconds)}/s)`;
          const next = live === null ? 'There is no other version to compare it with.' : `Comparing with ${live.name}.`;
          say(`Version ${VIEWS_VERSION} is filled: ${speed}. ${next}`);
        },
        async onDifference(difference) {
          shown += 1;
          if (isJson) await write(differenceJson(difference));
          else if (shown <= EXAMPLES) await write(`${differenceText(difference)}\n`);
        },
      },
      signal,
    );
    if (!isJson && shown > EXAMPLES) await write(`… and ${shown - EXAMPLES} more (--json shows all)\n`);
    if (comparison !== null) await write(isJson ? comparisonJson(comparison) : `${comparisonText(comparison)}\n`);
    say(`Version ${VIEWS_VERSION} is ready: nodes of this release serve from it as soon as they start.`);
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw new Interrupted(
      `Interrupted. What was done is kept: run \`imports replay\` again to resume it, or \`imports versions remove ${VIEWS_VERSION}\`.`,
    );
  }
}

/** Writes data as long as somebody reads it: a reader that ends (`| head`) does not end the replay. */
function dataWriter(context: Context): (text: string) => Promise<void> {
  let isRead = true;
  return async (text) => {
    if (!isRead) return;
    await context.write(text).catch((error) => {
      if (!isReaderGone(error)) throw error;
      isRead = false;
    });
  };
}
