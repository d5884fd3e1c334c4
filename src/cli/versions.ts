import type { Command } from 'commander';
import { openReplays, recordedReplays } from '../operations/recorded-replays.ts';
import type { Version, Versions } from '../projections/versions.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { openVersions } from '../stores.ts';
import { confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { printable } from './printable.ts';

/** A node notes every minute that it uses a version. A version without a note for three minutes is not in use. */
const IN_USE_MS = 180_000;

/** `imports versions`: the versions of the views, one for each number. */
export function addVersionsCommands(program: Command, context: Context): void {
  const versions = program
    .command('versions')
    .description('the versions of the views; those that no node uses may be removed')
    .summary('the versions of the views')
    .addHelpText('after', '\nExample:\n  npx imports versions list');
  versions
    .command('list')
    .description('each version with its size, the position it has reached, and when a node last used it')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports versions list --json')
    .action(async ({ json }: { json?: true }) => {
      for (const version of await (await open(context)).list()) {
        await context.write(json ? versionJson(version) : versionText(version));
      }
    });
  versions
    .command('remove')
    .description('remove a version; "unnumbered" means the views of releases before 0.2')
    .argument('<version>', 'its number; `versions list` has it')
    .option(...YES)
    .addHelpText('after', REMOVE_HELP)
    .action(async (name: string, { yes }: { yes?: true }, self: Command) => {
      const there = await open(context);
      await unusedIn(there, name);
      await confirm(context, self, `Remove version ${name} of the views?`, yes);
      // A node may have begun to use it while the person was thinking.
      const version = await unusedIn(there, name);
      await there.remove(name);
      await discardReplayOf(version, context);
      context.say(`Version ${name} is removed.`);
    });
}

const REMOVE_HELP = `
Nothing is lost: a release whose version was removed builds it again from the log. Removing needs no room on the disk. A
version that a node has used within the last three minutes is kept.

Example:
  npx imports versions remove 6 --yes`;

async function open(context: Context): Promise<Versions> {
  return context.closeAtEnd(await openVersions(context.config, context.say));
}

/** The version, if no node uses it. @throws {NotFound} there is none */
async function unusedIn(versions: Versions, name: string): Promise<Version> {
  const version = (await versions.list()).find((one) => one.name === name);
  if (version === undefined) throw new NotFound(`There is no version ${printable(name)} of the views.`);
  const { usedAt } = version;
  const agoMs = usedAt === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(usedAt);
  if (agoMs < IN_USE_MS) {
    throw new Error(
      `Version ${name} is in use (last at ${usedAt}): stop the nodes of its release, and try again in three minutes.`,
    );
  }
  return version;
}

/** Records the end of the replay that was filling the removed version. */
async function discardReplayOf({ checkpoint }: Version, context: Context): Promise<void> {
  if (checkpoint === null || checkpoint.isFilled) return;
  const { log, record } = await context.writing();
  const left = openReplays(await recordedReplays(log)).find(
    ({ started }) => started.data.generation === checkpoint.generation,
  );
  if (left !== undefined) await record({ type: 'DiscardReplay', replay_id: left.started.data.replay_id });
}

function versionText({ name, bytes, checkpoint, usedAt }: Version): string {
  const columns = [
    name === String(VIEWS_VERSION) ? `${name} (this release)` : name,
    bytes === null ? '-' : `${(bytes / 1_048_576).toFixed(1)} MB`,
    checkpoint === null ? '-' : `position ${checkpoint.position}`,
    checkpoint === null ? '-' : checkpoint.isFilled ? 'filled' : 'unfinished',
    usedAt === null ? 'never used' : `used ${usedAt}`,
  ];
  return `${columns.join('\t')}\n`;
}

function versionJson({ name, bytes, checkpoint, usedAt }: Version): string {
  return `${JSON.stringify({
    version: name,
    bytes,
    log: checkpoint?.log ?? null,
    position: checkpoint === null ? null : String(checkpoint.position),
    filled: checkpoint?.isFilled ?? null,
    used_at: usedAt,
  })}\n`;
}
