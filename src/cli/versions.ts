import type { Command } from 'commander';
import { assertOf, assertUnused } from '../operations/replay/removable-version.ts';
import { UNNUMBERED, type Version, type Versions } from '../projections/versions.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { openVersions } from '../stores/open-read-model.ts';
import { PATIENCE_MS } from '../stores/options.ts';
import { confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { printable } from './printable.ts';
import { Table } from './table.ts';

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
      const all = await (await open(context)).list();
      if (json) await context.write(all.map(versionJson).join(''));
      else await new Table(context, COLUMNS).print(all.map(versionTexts));
    });
  versions
    .command('remove')
    .description('remove a version; "unnumbered" means the views of releases before 0.2')
    .argument('<version>', 'its number; `versions list` has it')
    .option(...YES)
    .option('--adopt', 'remove it even if it is of another log, or if the log is away')
    .addHelpText('after', REMOVE_HELP)
    .action(async (name: string, { yes, adopt }: { yes?: true; adopt?: true }, self: Command) => {
      const there = await open(context);
      const version = await assertRemovable(there, name);
      if (!adopt) await assertOfThisLog(version, context);
      await confirm(context, self, `Remove version ${name} of the views?`, yes);
      // A node may have begun to use it meanwhile.
      await assertRemovable(there, name);
      // If a replay was filling it, the next replay records that this one has ended.
      await there.remove(name);
      // Now that there is room for it: a full disk is what a version may be removed for.
      await context.recordOperation({ type: 'RemoveViews', version: name });
      context.say(`Version ${name} is removed.`);
    });
}

const REMOVE_HELP = `
Nothing is lost: a release whose version was removed builds it again from the log. Removing needs no room on the disk. A
version that a node has used within the last three minutes is kept. Nodes of releases before 0.2 do not note that they use
"unnumbered": stop them first, or their lists are incomplete until they have built it again.

Example:
  npx imports versions remove 6 --yes`;

/** @throws {NotFound | VersionInUse} */
async function assertRemovable(versions: Versions, name: string): Promise<Version> {
  const version = (await versions.list()).find((one) => one.name === name);
  if (version === undefined) throw new NotFound(`There is no version ${printable(name)} of the views.`);
  assertUnused(version);
  return version;
}

/** @throws {VersionOfOther | LogUnavailable} */
async function assertOfThisLog(version: Version, context: Context): Promise<void> {
  if (version.checkpoint !== null) assertOf(await context.logDespiteDamage(), version);
}

async function open(context: Context): Promise<Versions> {
  return context.closeAtEnd(await openVersions(context.config, context.say, PATIENCE_MS));
}

const COLUMNS = ['version', 'size', 'reached', 'state', 'last use'].map((name) => ({ name }));

function versionTexts({ name, bytes, checkpoint, usedAt }: Version): string[] {
  return [
    name === String(VIEWS_VERSION) ? `${name} (this release)` : name,
    bytes === null ? '-' : `${(bytes / 1_048_576).toFixed(1)} MB`,
    checkpoint === null ? '-' : `position ${checkpoint.position}`,
    checkpoint === null ? '-' : checkpoint.isFilled ? 'filled' : 'unfinished',
    useText(name, checkpoint, usedAt),
  ].map((text) => printable(text));
}

/** Releases before 0.2 do not note that they use their views, and a file that cannot be read says nothing. */
function useText(name: string, checkpoint: Version['checkpoint'], usedAt: string | null): string {
  if (usedAt !== null) return `used ${usedAt}`;
  return name === UNNUMBERED || checkpoint === null ? 'last use unknown' : 'never used';
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
