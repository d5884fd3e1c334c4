import { constants, setPriority } from 'node:os';
import { type Command, Option } from 'commander';
import { readConfig } from '../config.ts';
import { liveAmong, type Replaying, replay } from '../operations/replay/replay.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { openVersions } from '../stores.ts';
import { uuidArgument } from './arguments.ts';
import { assertCanAsk, YES } from './confirm.ts';
import { counted } from './counted.ts';
import { Interrupted, interruptible } from './interruptible.ts';
import { type Progress, startProgress } from './progress.ts';
import { comparisonJson, comparisonText, differenceJson, differenceText } from './replay/difference-text.ts';
import { planJson, planText } from './replay/plan-text.ts';
import { repairImport } from './replay/repair-import.ts';
import { say } from './say.ts';
import { type Session, withSession } from './session.ts';
import { isReaderGone, writeToStandardOutput } from './standard-output.ts';
import { surroundings } from './surroundings.ts';
import { verifyAndRepairAll } from './verify.ts';

interface Options {
  readonly dryRun?: true;
  readonly reason?: string;
  readonly yes?: true;
  readonly only?: string;
  readonly adopt?: true;
  readonly json?: true;
}

/** So many differences are shown to a person; `--json` has them all. */
const EXAMPLES = 20;

/** `imports replay`: the version of the views of this release, filled from the log, or put right if it is there. */
export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description('fill the version of the views of this release from the log, or put every view of it right')
    .summary('fill the views of this release, and compare them with the live ones')
    .option('--dry-run', 'only say what would be done')
    .option('--reason <text>', 'why, for the record')
    .option(...YES)
    .addOption(
      new Option('--only <import-id>', 'put the view of this import right').argParser(uuidArgument).conflicts('yes'),
    )
    .option('--adopt', 'also if there are views of another log: they are thrown away')
    .option('--json', 'print one JSON object a line: every view that differs, then the counts')
    .addHelpText('after', HELP)
    .action(async (options: Options, self: Command) => {
      const { dryRun, only, adopt } = options;
      const isAsking = dryRun === true;
      let isFilled = false;
      await withSession(
        async (session) => {
          if (only !== undefined) return repairImport(session, { ...options, only });
          isFilled = (await session.readModel.checkpoint())?.isFilled ?? false;
          if (!isFilled) await (isAsking ? tellPlan(session, options) : fill(session, options));
        },
        { isAsking, ofOthers: adopt ? 'throw away' : 'refuse' },
      );
      if (!isFilled || only !== undefined) return;
      if (!isAsking) assertCanAsk(self, options.yes);
      await verifyAndRepairAll(options);
    });
}

const HELP = `
The views of each release that makes them otherwise are a version of their own. Run this from the new release, before the deploy: it fills the
version of the new release while the nodes of the old one serve, shows how the two differ, and ends. It may be stopped at any moment
(Ctrl-C): the next run resumes it. If the version is filled already, every view of it is put right in place, as \`verify --all --repair\` does.

Examples:
  npx imports replay --dry-run
  npx imports replay --reason 'album ids in upper case'
  npx imports replay --only 3d172b54-f40f-4df9-9342-0b042fac5382`;

async function tellPlan({ log, readModel }: Session, { json }: Options): Promise<void> {
  const versions = await openVersions(readConfig(surroundings().env), say);
  try {
    const [head, checkpoint] = [await log.head(), await readModel.checkpoint()];
    const after = checkpoint?.position ?? 0n;
    const live = liveAmong(await versions.list(), log)?.name ?? null;
    const events = log.hasDensePositions ? Number(head - after) : null;
    const plan = { version: String(VIEWS_VERSION), events, after, head, resumable: after > 0n, live };
    await writeToStandardOutput(json ? planJson(plan) : planText(plan));
  } finally {
    await versions.close();
  }
}

async function fill(session: Session, { reason, json }: Options): Promise<void> {
  // Before any thread is started: callers of the service come first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const versions = await openVersions(readConfig(surroundings().env), say);
  const progress = startProgress();
  try {
    await interruptible((signal) => run({ ...session, versions }, reason ?? null, json === true, progress, signal));
  } finally {
    progress.end();
    await versions.close();
  }
}

async function run(
  replaying: Replaying,
  reason: string | null,
  isJson: boolean,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const write = dataWriter(progress);
  const began = performance.now();
  let [events, shown] = [0, 0];
  try {
    const comparison = await replay(
      replaying,
      reason,
      {
        onBegin(position) {
          if (position > 0n) progress.say(`Version ${VIEWS_VERSION} is resumed after position ${position}.`);
        },
        onProgress(read, share) {
          events = read;
          progress.update(read, share);
        },
        onWarning: (message) => progress.say(message),
        onFilled(live) {
          const seconds = (performance.now() - began) / 1000;
          const speed = `${counted(events, 'event')} in ${seconds.toFixed(1)} s (${Math.round(events / seconds)}/s)`;
          const next = live === null ? 'There is no other version to compare it with.' : `Comparing with ${live.name}.`;
          progress.say(`Version ${VIEWS_VERSION} is filled: ${speed}. ${next}`);
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
    progress.say(`Version ${VIEWS_VERSION} is ready: nodes of this release serve from it as soon as they start.`);
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw new Interrupted(
      `Interrupted. What was done is kept: run \`imports replay\` again to resume it, or \`imports versions remove ${VIEWS_VERSION}\`.`,
    );
  }
}

/** Writes data while somebody reads it; a reader who has seen enough (`| head`) does not end the replay. */
function dataWriter(progress: Progress): (text: string) => Promise<void> {
  let isRead = true;
  return async (text) => {
    if (!isRead) return;
    progress.end();
    await writeToStandardOutput(text).catch((error) => {
      if (!isReaderGone(error)) throw error;
      isRead = false;
    });
  };
}
