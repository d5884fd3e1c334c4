import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { openReplays, recordedReplays } from '../operations/recorded-replays.ts';
import type { Version, Versions } from '../projections/versions.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import { openVersions } from '../stores.ts';
import { confirm, YES } from './confirm.ts';
import { NotFound } from './outcomes.ts';
import { printable } from './printable.ts';
import { say } from './say.ts';
import { withSession } from './session.ts';
import { writeToStandardOutput } from './standard-output.ts';
import { surroundings } from './surroundings.ts';

/** A node says every minute that it works with a version. */
const IN_USE_MS = 180_000;

/** `imports versions`: the versions of the views, each made by the releases of its number. */
export function addVersionsCommands(program: Command): void {
  const versions = program
    .command('versions')
    .description('the versions of the views: those of other releases may be removed')
    .summary('the versions of the views');
  versions
    .command('list')
    .description('each version with its size, the position it has reached, and when a node last used it')
    .option('--json', 'print one JSON object a line')
    .action(async ({ json }: { json?: true }) => {
      await withVersions(async (there) => {
        for (const version of await there.list())
          await writeToStandardOutput(json ? versionJson(version) : versionText(version));
      });
    });
  versions
    .command('remove')
    .description('remove a version; "unnumbered" is what releases before 0.2 left')
    .argument('<version>')
    .option(...YES)
    .addHelpText('after', REMOVE_HELP)
    .action(async (name: string, { yes }: { yes?: true }, self: Command) => {
      await withVersions(async (there) => {
        const version = (await there.list()).find((one) => one.name === name);
        if (version === undefined) throw new NotFound(`There is no version ${printable(name)} of the views.`);
        assertUnused(version);
        await confirm(self, `Remove version ${name} of the views?`, yes);
        await there.remove(name);
        await discardReplayOf(version);
        say(`Version ${name} is removed.`);
      });
    });
}

const REMOVE_HELP = `
Nothing is lost: a release whose version is gone builds it anew from the log. It needs no room on the disk. A version that a node has used
within the last three minutes is kept.`;

async function withVersions(work: (versions: Versions) => Promise<void>): Promise<void> {
  const versions = await openVersions(readConfig(surroundings().env), say);
  try {
    await work(versions);
  } finally {
    await versions.close();
  }
}

function assertUnused({ name, usedAt }: Version): void {
  const agoMs = usedAt === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(usedAt);
  if (agoMs < IN_USE_MS) {
    throw new Error(
      `Version ${name} is in use (last at ${usedAt}): stop the nodes of its release, and try again in three minutes.`,
    );
  }
}

/** A replay whose version is removed has ended. */
async function discardReplayOf({ checkpoint }: Version): Promise<void> {
  if (checkpoint === null || checkpoint.isFilled) return;
  await withSession(async ({ log, record }) => {
    const left = openReplays(await recordedReplays(log)).find(
      ({ started }) => started.data.generation === checkpoint.generation,
    );
    if (left !== undefined) await record({ type: 'DiscardReplay', replay_id: left.started.data.replay_id });
  });
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
