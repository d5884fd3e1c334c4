import { appendFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { metadataOf, newEvents } from '../commands/new-events.ts';
import { newId } from '../events/new-id.ts';
import { fileOfLog } from '../events/service-mark.ts';
import type { BlobsPlace } from '../importer/blobs/blobs-place.ts';
import { Drafts } from '../importer/blobs/draft.ts';
import { FLOOR_BYTES } from '../machine/room.ts';
import { type Backup, openBackup } from '../operations/backup/read-backup.ts';
import { type Restored, restoreLog } from '../operations/restore/restore-log.ts';
import { assertRoomFor, bytesIn, type Growth } from '../operations/restore/room.ts';
import { setAside } from '../operations/restore/set-aside.ts';
import { type Survey, surveyOf } from '../operations/restore/survey.ts';
import { exportLine } from '../operations/transfer/event-line.ts';
import type { Config } from '../settings/config.ts';
import { refusing } from '../stores/adoption.ts';
import { openBackupImages, openBackupPlace } from '../stores/open-backup.ts';
import { openBlobStoreOfMaking } from '../stores/open-blobs.ts';
import { dropDeliveries } from '../stores/open-deliveries.ts';
import { openLogForReading } from '../stores/open-log.ts';
import { assertNoLog, openLogInMaking } from '../stores/open-log-in-making.ts';
import { openVersions } from '../stores/open-read-model.ts';
import { openSealedStore } from '../stores/open-sealed.ts';
import { placeArgument } from './backup/arguments.ts';
import { namesSome } from './backup/told.ts';
import { assertCanAsk, confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { OPERATOR, REASON } from './operator.ts';
import { DifferencesFound, Interrupted } from './outcomes.ts';
import { assertKeyOf, roomText, surveyText } from './restore/survey-text.ts';

interface Options {
  readonly from?: BlobsPlace;
  readonly upToDamage?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `imports restore`: makes a log again from its backup. */
export function addRestoreCommand(program: Command, context: Context): void {
  program
    .command('restore')
    .description(
      'make the log of a backup again, with its id and its events to the byte, the images that they name, and sealed secrets',
    )
    .summary('make the log of a backup again')
    .argument('[folder]', 'the folder of the backup')
    .addOption(new Option('--from <url>', 'instead of a folder: s3://bucket/prefix').argParser(placeArgument))
    .option('--up-to-damage', 'if the backup is damaged: bring back what comes before the damage')
    .option('--dry-run', 'check the backup, say what it would bring back, and change nothing')
    .option(...YES)
    .option(...OPERATOR)
    .option(...REASON)
    .option('--json', 'print one JSON object: what was brought back, or would be')
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, options: Options, self: Command) => {
      if ((folder === undefined) === (options.from === undefined)) {
        self.error('error: give a folder, or --from s3://bucket/prefix');
      }
      const where = options.from ?? ({ kind: 'folder', folder: resolve(folder as string) } as const);
      if (!options.dryRun) assertCanAsk(context, self, options.yes);
      await run(where, options, context, self);
    });
}

const HELP = `
It makes the log where the settings say: in DATA_DIR, or in EVENTSTORE_URL. It never writes over a log that is there. First it
reads the whole backup, and checks every checksum; it says what it will bring back, and asks. An embedded log gets its place
at the end, at once. If a restore is ended in whatever way, run it again.

The restored log is a new installation: webhooks are held until you enable them, and the importer performs what is asked for
from then on (npx imports work --since takes in what waits). The views are built again at the first start.

It ends with 3 if images could not be brought back, or events whose streams lack an event before them: these are in
set-aside.ndjson in DATA_DIR then.

Examples:
  npx imports restore /mnt/backup/imports --dry-run
  npx imports restore /mnt/backup/imports --reason 'the machine was lost'
  npx imports restore --from s3://backups/imports --yes --reason 'ticket 4711'`;

async function run(where: BlobsPlace, options: Options, context: Context, self: Command): Promise<void> {
  const { config, say, signal } = context;
  const place = context.closeAtEnd(await openBackupPlace(where, false));
  const backup = await openBackup(place);
  if (!options.dryRun) await assertNoLog(config, backup.manifest.log, say);
  assertKeyOf(backup, context);
  const survey = await surveyOf(backup, (count) => {
    signal.throwIfAborted();
    context.progress(count, count / Math.max(1, backup.progress.events));
  });
  say(surveyText(backup, survey));
  const growths = growthsOf(backup, survey, config);
  say(roomText(growths));
  if (survey.damage !== null && !options.upToDamage) {
    throw new DifferencesFound(
      `The backup is damaged: ${survey.damage}. --up-to-damage brings back what comes before that, ${counted(survey.events, 'event')}.`,
    );
  }
  if (options.dryRun) {
    const { events, upTo, beyond, images, damage } = survey;
    if (options.json) {
      const would = { log: backup.manifest.log, up_to: upTo, events, beyond, images, damage, dry_run: true };
      await context.write(`${JSON.stringify(would)}\n`);
    }
    return;
  }
  assertRoomFor(growths);
  const target = config.eventStoreUrl === null ? `in ${config.dataDir}` : 'in EventStoreDB';
  await confirm(context, self, `Make this log ${target}?`, options.yes);
  const { restored, missing, aside } = await restore(where, backup, survey, context);
  await tell(restored, missing, aside, backup, options, context);
}

/** What grows on disks of this machine. */
function growthsOf({ manifest }: Backup, { logBytes, imageBytes }: Survey, config: Config): Growth[] {
  const { eventStoreUrl, blobs, dataDir } = config;
  const unfinished = `${fileOfLog(dataDir)}.unfinished`;
  const ofLog = { folder: dataDir, bytes: logBytes, there: () => bytesIn(unfinished) + bytesIn(`${unfinished}-wal`) };
  const folder = blobs?.kind === 'folder' ? blobs.folder : join(dataDir, 'blobs');
  const ofImages = { folder, bytes: imageBytes, there: () => bytesIn(folder) };
  const staysInS3 = manifest.blobs.kind === 's3' || blobs?.kind === 's3';
  return [...(eventStoreUrl === null ? [ofLog] : []), ...(staysInS3 ? [] : [ofImages])];
}

async function restore(
  where: BlobsPlace,
  backup: Backup,
  survey: Survey,
  context: Context,
): Promise<{ readonly restored: Restored; readonly missing: number; readonly aside: number }> {
  const { config, say, signal } = context;
  const { manifest, place } = backup;
  const making = await openLogInMaking(config, manifest.log, say);
  const areInS3 = manifest.blobs.kind === 's3';
  const nameMissing = namesSome(say, 'could not be brought back');
  let [missing, aside] = [0, 0];
  try {
    const sealed = context.closeAtEnd(await openSealedStore(config, refusing('sealed', { id: manifest.log }), say));
    const blobs = context.closeAtEnd(await openBlobStoreOfMaking(config, making, say));
    const restored = await restoreLog({
      ...{ backup, surveyed: survey.events, making, sealed, signal },
      images: {
        from: areInS3 ? blobs : context.closeAtEnd(await openBackupImages(where, manifest.log, false)),
        to: areInS3 ? null : blobs,
        drafts: new Drafts({
          folder: `${config.dataDir}/tmp`,
          limitBytes: Number.MAX_SAFE_INTEGER,
          floorBytes: FLOOR_BYTES,
        }),
      },
      onBeyondHoles(events) {
        // A try before this one may have left it.
        if (aside === 0) rmSync(asideOf(config), { force: true });
        aside += events.length;
        for (const event of events) appendFileSync(asideOf(config), exportLine(event), { mode: 0o600 });
      },
      onMissing(image) {
        missing += 1;
        nameMissing(image);
      },
      onProgress: (events) => context.progress(events, events / Math.max(1, survey.events)),
      async beforePlace() {
        await removeViews(context, manifest.log);
        if (await dropDeliveries(config, manifest.log, say)) {
          say('The deliveries to webhooks were of this log at another time: they are removed.');
        }
        const folder = setAside(config.dataDir, new Date());
        if (folder !== null) say(`What belonged to the log that was there before is in ${folder} now.`);
      },
      restored({ upTo, events, images }) {
        const data = { from: place.address, up_to: upTo, events, images };
        const metadata = metadataOf({ ...context.operator, request_id: newId() }, manifest.log);
        const [event] = newEvents([{ type: 'LogRestored', data }], metadata);
        return event as NonNullable<typeof event>;
      },
    });
    return { restored, missing, aside };
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Interrupted. No log was made. To go on: restore it again.');
    throw error;
  } finally {
    await making.close();
  }
}

/** Where events are written that no log can have. */
function asideOf({ dataDir }: Config): string {
  return join(dataDir, 'set-aside.ndjson');
}

/** Views of this log are of another time of it. Those of other logs are not touched: the service refuses them. */
async function removeViews({ config, say }: Context, log: string): Promise<void> {
  const versions = await openVersions(config, say);
  try {
    for (const { name, checkpoint } of await versions.list()) {
      if (checkpoint?.log !== log) continue;
      await versions.remove(name);
      say(
        `Version ${name} of the views was of this log at another time: it is removed, and built again at the next start.`,
      );
    }
  } finally {
    await versions.close();
  }
}

async function tell(
  { events, upTo, images, secrets }: Restored,
  missing: number,
  aside: number,
  { manifest, place }: Backup,
  { json }: Options,
  context: Context,
): Promise<void> {
  const { config, say } = context;
  // It is opened as the service opens it, which checks it.
  const log = context.closeAtEnd(await openLogForReading(config, say));
  if (log.id !== manifest.log) throw new Error(`The log that was made has the id ${log.id}, not ${manifest.log}.`);
  if (json)
    await context.write(
      `${JSON.stringify({ log: log.id, from: place.address, up_to: upTo, events, images, missing, secrets, set_aside: aside })}\n`,
    );
  say(
    `Restored log ${log.id}: ${counted(events, 'event')}, up to position ${upTo} of the backup, ${counted(images, 'image')} and ${counted(secrets, 'sealed secret')}.`,
  );
  say('Start the service: it builds the views. Webhooks are held: `imports webhooks enable` sends again.');
  if (aside > 0) {
    say(
      `${counted(aside, 'event')} set aside in ${asideOf(config)}, as lines of export: their streams lack an event before them, as after somebody deleted events with the tools of EventStoreDB, and no log has streams with a hole.`,
    );
  }
  const left = [...(missing > 0 ? [counted(missing, 'image')] : []), ...(aside > 0 ? [counted(aside, 'event')] : [])];
  if (left.length > 0) throw new DifferencesFound(`${left.join(' and ')} could not be brought back.`);
}
