import { constants, setPriority } from 'node:os';
import { type Command, Option } from 'commander';
import { madeBy } from '../operations/replay/made-by.ts';
import { uuidArgument } from './arguments.ts';
import { assertCanAsk, YES } from './confirm.ts';
import { interruptible } from './interruptible.ts';
import { startProgress } from './progress.ts';
import { planJson, planOf, planText } from './replay/plan.ts';
import { rebuild } from './replay/rebuild.ts';
import { discardReplay } from './replay/records.ts';
import { mendImport } from './replay/repair-import.ts';
import { say } from './say.ts';
import { withSession } from './session.ts';
import { writeToStandardOutput } from './standard-output.ts';

interface Options {
  readonly dryRun?: true;
  readonly reason?: string;
  readonly yes?: true;
  readonly discard?: true;
  readonly only?: string;
  readonly adopt?: true;
  readonly json?: true;
}

/** `imports replay`: the read model rebuilt from the log, beside the live one. */
export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description('rebuild the read model from the log beside the live one, show how they differ, and switch')
    .summary('rebuild all views beside the live ones, compare, and switch')
    .option('--dry-run', 'only say what would be done')
    .option('--reason <text>', 'why, for the record')
    .option(...YES)
    .addOption(
      new Option('--only <import-id>', "write this import's view anew, in the live read model")
        .argParser(uuidArgument)
        .conflicts('yes'),
    )
    .addOption(
      new Option('--discard', 'throw away what an unfinished replay left').conflicts([
        'dryRun',
        'yes',
        'only',
        'reason',
      ]),
    )
    .addOption(
      new Option(
        '--adopt',
        'also where the views are those of another log: they are thrown away with the switch',
      ).conflicts(['only', 'discard']),
    )
    .option('--json', 'print one JSON object a line: every view that differs, then the counts')
    .addHelpText('after', HELP)
    .action(async (options: Options, self: Command) => {
      const { dryRun, discard, only, yes } = options;
      if (!dryRun && !discard && only === undefined) {
        assertCanAsk(self, yes);
        // Before any thread is started: callers of the service come first.
        setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      }
      const intent = { isAsking: dryRun === true, ofOthers: options.adopt ? 'leave' : 'refuse' } as const;
      await withSession(async (session) => {
        if (only !== undefined) return mendImport(session, { ...options, only });
        if (discard) return discardUnfinished(session);
        if (dryRun) {
          const plan = await planOf(session);
          return writeToStandardOutput(options.json ? planJson(plan) : planText(plan));
        }
        const progress = startProgress();
        try {
          await interruptible((signal) => rebuild(session, options, progress, signal));
        } finally {
          progress.end();
        }
      }, intent);
    });
}

async function discardUnfinished(session: Parameters<Parameters<typeof withSession>[0]>[0]): Promise<void> {
  const left = await session.readModel.besideStatus();
  await discardReplay(session, madeBy(session.log));
  say(left === null ? 'There was no unfinished replay.' : `What replay ${left.id} left was thrown away.`);
}

const HELP = `
The service goes on meanwhile. A replay may be stopped at any moment, by Ctrl-C or otherwise, and is gone on with when it is run again,
unless the view functions have changed since: then it begins anew.

Examples:
  npx imports replay --dry-run
  npx imports replay --reason 'album ids in upper case'
  npx imports replay --only 3d172b54-f40f-4df9-9342-0b042fac5382`;
