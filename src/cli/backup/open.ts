import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../../errors/reason-of.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { BlobsPlace } from '../../importer/blobs/blobs-place.ts';
import { Drafts } from '../../importer/blobs/draft.ts';
import { FLOOR_BYTES } from '../../machine/room.ts';
import { keysOf } from '../../operations/backup/keys-of-log.ts';
import { noteBackup } from '../../operations/backup/last-backup.ts';
import { beginBackup, manifestOrEmpty } from '../../operations/backup/manifest.ts';
import { type Progress, readProgress } from '../../operations/backup/progress.ts';
import { sealedText } from '../../operations/backup/sealed-secrets.ts';
import type { ShippingParts } from '../../operations/backup/shipping.ts';
import { refusing } from '../../stores/adoption.ts';
import { openBackupImages, openBackupPlace } from '../../stores/open-backup.ts';
import { openLogForReading } from '../../stores/open-log.ts';
import { openSealedStoreIfThere } from '../../stores/open-sealed.ts';
import { PATIENCE_MS } from '../../stores/options.ts';
import { releaseVersion } from '../../telemetry/release.ts';
import { seldom } from '../../time/seldom.ts';
import type { Context } from '../context.ts';
import { namesSome } from './told.ts';

/** At least so long between two notes of what the backup has. */
const NOTED_EVERY_MS = 5_000;

/** A backup that this process alone may write to. */
export interface OpenedBackup {
  readonly parts: Omit<ShippingParts, 'everyMs'>;
  /** What it had before. */
  readonly begun: Progress | null;
  /** Notes in the data directory what it has. A data directory that cannot be written is none to be watched. */
  note(progress: Progress): Promise<void>;
  release(): Promise<void>;
}

/** @throws {BackupInUse | BackupRefused | BackupUnavailable | LogUnavailable | BadConfig | OtherBlobs | StorageUnavailable} */
export async function openBackup(where: BlobsPlace, patienceMs: number, context: Context): Promise<OpenedBackup> {
  const { config, say, signal } = context;
  // Before the place: opening the log gives up the rights of root, with which files would be made that the next run cannot write.
  const log = await reading(context, async (opened) => ({ id: opened.id, keys: await keysOf(opened) }));
  const from = await context.blobs(log);
  const place = context.closeAtEnd(await openBackupPlace(where, true));
  // Before the lock, which is a file in a folder that may be another one than was meant.
  await manifestOrEmpty(place);
  const lock = await place.lock(say);
  const drafts = where.kind === 'folder' ? join(where.folder, 'images.tmp') : await mkdtemp(join(tmpdir(), 'backup-'));
  const release = async () => {
    await rm(drafts, { recursive: true, force: true });
    await lock.close().catch(() => {});
  };
  try {
    const blobs = { kind: config.blobs?.kind ?? 'folder', address: from.address };
    await beginBackup(place, {
      ...{ log: log.id, keys: log.keys, blobs, made_by: { version: releaseVersion() } },
      kind: config.eventStoreUrl === null ? 'embedded' : 'eventstoredb',
      began_at: new Date().toISOString(),
    });
    const to = blobs.kind === 's3' ? null : context.closeAtEnd(await openBackupImages(where, log.id, true));
    const note = async ({ up_to, events, images, at }: Progress) => {
      const last = { log: log.id, to: place.address, up_to, events, missing: images.missing, at };
      await noteBackup(config.dataDir, last).catch(() => {});
    };
    let notedAtMs = Number.NEGATIVE_INFINITY;
    const limits = { limitBytes: Number.MAX_SAFE_INTEGER, floorBytes: FLOOR_BYTES };
    const parts: OpenedBackup['parts'] = {
      ...{ logId: log.id, place, lock, signal, patienceMs, onProgress: context.progress },
      images: { from, to, drafts: new Drafts({ folder: drafts, ...limits }) },
      async sealed() {
        const store = await openSealedStoreIfThere(config, refusing('sealed', log), say);
        return sealedText(store).finally(() => store?.close());
      },
      onAcknowledged(progress) {
        if (performance.now() - notedAtMs < NOTED_EVERY_MS) return;
        notedAtMs = performance.now();
        void note(progress);
      },
      onMissing: namesSome(say),
      onTrouble: seldom((error) => say(`Tried again: ${reasonOf(error)}`)),
    };
    return { parts, begun: await readProgress(place), note, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Reads the log for a while. SQLite takes a file that one connection of a process reads only for one that none of it may write: so what is
 * recorded in the log is recorded before or after.
 */
export async function reading<T>({ config, say }: Context, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openLogForReading(config, say, PATIENCE_MS);
  return work(log).finally(() => log.close());
}
