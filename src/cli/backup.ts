import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { EventLog } from '../events/event-log.ts';
import type { BlobsPlace } from '../importer/blobs/blobs-place.ts';
import { Drafts } from '../importer/blobs/draft.ts';
import { keysOf } from '../operations/backup/keys-of-log.ts';
import { noteBackup } from '../operations/backup/last-backup.ts';
import { beginBackup, manifestOrEmpty } from '../operations/backup/manifest.ts';
import { type Progress, readProgress } from '../operations/backup/progress.ts';
import { sealedText } from '../operations/backup/sealed-secrets.ts';
import { shipLasting } from '../operations/backup/ship-lasting.ts';
import { type ShippingParts, shipLog } from '../operations/backup/shipping.ts';
import { reasonOf } from '../reason-of.ts';
import { releaseVersion } from '../release.ts';
import { FLOOR_BYTES } from '../room.ts';
import { seldom } from '../seldom.ts';
import {
  openBackupImages,
  openBackupPlace,
  openLogForReading,
  openSealedStoreForReading,
  PATIENCE_MS,
} from '../stores.ts';
import { everyArgument, placeArgument } from './backup/arguments.ts';
import { namesSome, tell, whatItHas } from './backup/told.ts';
import type { Context } from './context.ts';
import { OPERATOR, REASON } from './operator.ts';
import { EndsWith, exitCodes, Interrupted } from './outcomes.ts';
import { recordAccess } from './record-access.ts';

interface Options {
  readonly to?: BlobsPlace;
  /** Milliseconds; once unless given. */
  readonly every?: number | null;
  readonly json?: boolean;
}

/** At least so long between two notes of what the backup has. */
const NOTED_EVERY_MS = 5_000;

/** `imports backup`: all that cannot be made again, to a folder or S3. */
export function addBackupCommand(program: Command, context: Context): void {
  program
    .command('backup')
    .description('back up the events, the bytes of images that they name, and sealed secrets, while the service runs')
    .summary('back up the log and its images, once or all the time')
    .argument('[folder]', 'the folder of the backup; it is made if it is missing')
    .addOption(new Option('--to <url>', 'instead of a folder: s3://bucket/prefix').argParser(placeArgument))
    .addOption(
      new Option(
        '--every <time>',
        'go on until SIGTERM or Ctrl-C, and acknowledge what is new this often, such as 1s',
      ).argParser(everyArgument),
    )
    .option(...OPERATOR)
    .option(...REASON)
    .option('--json', 'print one JSON object: what the backup has')
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, options: Options, self: Command) => {
      if ((folder === undefined) === (options.to === undefined))
        self.error('error: give a folder, or --to s3://bucket/prefix');
      const where = options.to ?? ({ kind: 'folder', folder: resolve(folder as string) } as const);
      await run(where, options, context);
    });
}

const HELP = `
A backup has the events, each with its place in the log; the bytes of the images that they name (if BLOBS_URL is in S3, they
stay there, and that they are there is checked); and the sealed secrets of connections. It has no key: keep JWT_SECRET
elsewhere. All is checked by its sha256. A second run adds what is new, and a run that was ended in whatever way is gone
on with. It is recorded in the log that the backup was made.

With --every it goes on while the service runs, and waits out outages of the log and of the backup. progress.json in the
backup says what it has acknowledged: so much is safe.

It ends with 0 if the backup has all, and with 3 if bytes of images are missing or damaged in the store of the service:
missing.json in the backup names them, and the next run tries them again.

Examples:
  npx imports backup /mnt/backup/imports
  npx imports backup --to s3://backups/imports --every 1s`;

async function run(
  where: BlobsPlace,
  { every: everyMs = null, json = false }: Options,
  context: Context,
): Promise<void> {
  const { config, say, signal } = context;
  // Before any thread starts: callers of the service come first. What goes on all the time must keep up with them.
  if (everyMs === null) context.surroundings.lowerPriority();
  const reading = async <T>(work: (log: EventLog) => Promise<T>): Promise<T> => {
    const log = await openLogForReading(config, say, PATIENCE_MS);
    // SQLite takes a file that one connection of a process reads only for one that none may write: what is recorded needs it closed.
    return work(log).finally(() => log.close());
  };
  // Before the place: opening the log gives up the rights of root, with which files would be made that the next run cannot write.
  const log = await reading(async (log) => ({ id: log.id, keys: await keysOf(log) }));
  const from = await context.blobs(log);
  const place = context.closeAtEnd(await openBackupPlace(where, true));
  // Before the lock, which is a file in a folder that may be another one than was meant.
  await manifestOrEmpty(place);
  const lock = await place.lock(say);
  const drafts = await folderOfDrafts(where);
  try {
    const kind = config.blobs?.kind ?? 'folder';
    await beginBackup(place, {
      log: log.id,
      kind: config.eventStoreUrl === null ? 'embedded' : 'eventstoredb',
      keys: log.keys,
      made_by: { version: releaseVersion() },
      began_at: new Date().toISOString(),
      blobs: { kind, address: from.address },
    });
    const to = kind === 's3' ? null : context.closeAtEnd(await openBackupImages(where, log.id, true));
    const onMissing = namesSome(say);
    let notedAtMs = Number.NEGATIVE_INFINITY;
    const note = async ({ up_to, events, images, at }: Progress) => {
      const last = { log: log.id, to: place.address, up_to, events, missing: images.missing, at };
      await noteBackup(config.dataDir, last).catch(() => {});
    };
    const parts: Omit<ShippingParts, 'everyMs'> = {
      ...{ logId: log.id, place, lock, signal, onMissing, onProgress: context.progress },
      images: {
        from,
        to,
        drafts: new Drafts({ folder: drafts.folder, limitBytes: Number.MAX_SAFE_INTEGER, floorBytes: FLOOR_BYTES }),
      },
      patienceMs: everyMs === null ? PATIENCE_MS : Number.POSITIVE_INFINITY,
      async sealed() {
        const store = await openSealedStoreForReading(config, say);
        return sealedText(store).finally(() => store.close());
      },
      onAcknowledged(progress) {
        if (performance.now() - notedAtMs < NOTED_EVERY_MS) return;
        notedAtMs = performance.now();
        void note(progress);
      },
      onTrouble: seldom((error) => say(`Tried again: ${reasonOf(error)}`)),
    };
    const record = (kind: 'once' | 'begun' | 'ended', progress: Progress | null) =>
      recordAccess(context, {
        type: 'BackUpLog',
        data: {
          to: place.address,
          kind,
          up_to: progress?.up_to ?? '0',
          events: progress?.events ?? 0,
          images: progress?.images.kept ?? 0,
        },
      });
    const begun = await readProgress(place);
    if (everyMs === null) {
      const progress = await reading((log) => shipLog(log, { ...parts, everyMs }));
      await note(progress);
      if (signal.aborted)
        throw new Interrupted(`Interrupted. ${whatItHas(progress, place.address)} To go on: back up again.`);
      await record('once', progress);
      await tell(progress, begun, place.address, json, context);
      return;
    }
    await record('begun', begun);
    say(
      `Backing up to ${place.address} every ${everyMs / 1_000} s, until SIGTERM or Ctrl-C. ${whatItHas(begun, place.address)}`,
    );
    const progress = await shipLasting({
      ...parts,
      everyMs,
      open: () => openLogForReading(config, say),
      onAway: (error) => say(`The backup waits, and tries again: ${reasonOf(error)}`),
      onBack: () => say('The backup goes on.'),
    });
    if (progress !== null) await note(progress);
    await record('ended', progress ?? begun);
    await tell(progress ?? begun, begun, place.address, json, context);
    // It was asked to end, and did.
    throw new EndsWith(exitCodes.done);
  } finally {
    await lock.close().catch(() => {});
    await drafts.remove();
  }
}

/** Where images are on their way: on the disk of the backup, if it is a folder. */
async function folderOfDrafts(where: BlobsPlace): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  if (where.kind === 'folder') {
    const folder = join(where.folder, 'images.tmp');
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const folder = await mkdtemp(join(tmpdir(), 'imports-backup-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
