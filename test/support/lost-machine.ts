import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { placeOf } from '../../src/importer/blobs/blob-store.ts';
import { FolderPlace } from '../../src/operations/backup/folder-place.ts';
import { eventsOfBackup, openBackup } from '../../src/operations/backup/read-backup.ts';
import { exportLine } from '../../src/operations/transfer/event-line.ts';
import { imageIn } from '../../src/operations/verify/blobs.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { startImageServer } from './image-server.ts';
import { kill, listening, startImports, startProcess, type TestProcess } from './process.ts';
import { FORM, IMPORTS, JWT_SECRET, USER } from './service.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** What was lost with a machine, and what was brought back elsewhere. */
export interface Drilled {
  /** What the callers had been told, and what the backup had acknowledged when the machine was lost. */
  readonly answered: number;
  readonly acknowledged: { readonly events: number; readonly images: number; readonly ageMs: number };
  /** Imports that were answered, and are not in the restored log: they came after what the backup had acknowledged. */
  readonly after: number;
  /** What the backup had acknowledged, and is not there, in words. */
  readonly lost: readonly string[];
  /** How long `restore` took. */
  readonly restoreMs: number;
}

const WITHIN_MS = 60_000;

const { session } = new Keys(JWT_SECRET);
const headers = () => ({
  Authorization: `Token token="${mintSession(USER, Math.floor(Date.now() / 1000), session)}"`,
  'Content-Type': FORM,
});

/**
 * Loses a machine: a service under load, which brings images, and its backup are killed, and its whole folder is removed. The backup is
 * restored elsewhere, verified, and the service started there.
 * @param events so many the backup has when that happens
 * @param say is told of each step
 */
export async function loseTheMachine(events: number, say: (step: string) => void = () => {}): Promise<Drilled> {
  const [machine, other, safe] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
  const images = await startImageServer();
  const backup = join(safe.path, 'backup');
  const env = (folder: string) => ({
    ...{ NODE_ENV: 'development', JWT_SECRET, DATA_DIR: folder, PORT: '0', IMPORTER: 'on' },
    ...{ IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: String(images.port) },
  });
  const running: TestProcess[] = [];
  const started = (process: TestProcess) => {
    running.push(process);
    return process;
  };
  const answered = new Set<string>();
  let isOver = false;
  let asked = 0;
  try {
    const service = started(startProcess(env(machine.path)));
    const url = await listening(service);
    say('a service is under load, and `backup --every 1s` runs');
    const post = async () => {
      while (!isOver) {
        asked += 1;
        const body = `url=${encodeURIComponent(images.url(String(asked)))}`;
        const answer = await fetch(url + IMPORTS, { method: 'POST', body, headers: headers() }).catch(() => null);
        if (answer?.status === 200) answered.add(((await answer.json()) as { id: string }).id);
        else await answer?.body?.cancel();
      }
    };
    const posting = [post(), post(), post(), post()];
    const shipping = started(startImports(env(machine.path), ['backup', backup, '--every', '1s']));
    await until(
      'the backup has so many events, and images',
      () => {
        if (shipping.child.exitCode !== null) throw new Error(`the backup ended: ${shipping.stderr()}`);
        const progress = progressOf(backup);
        return progress !== null && progress.events >= events && progress.images.kept > 0;
      },
      WITHIN_MS,
    );
    await Promise.all([kill(service, 'SIGKILL'), kill(shipping, 'SIGKILL')]);
    rmSync(machine.path, { recursive: true });
    isOver = true;
    await Promise.all(posting);
    const progress = progressOf(backup) as Progress;
    say(
      `the machine is lost; the backup had acknowledged ${progress.events} events and ${progress.images.kept} images`,
    );

    const killed = started(startImports(env(other.path), ['restore', backup, '--yes']));
    await until(
      'the restore has begun',
      () => existsSync(join(other.path, 'events.db.unfinished')) || killed.child.exitCode !== null,
      WITHIN_MS,
    );
    await kill(killed, 'SIGKILL');
    // The kill may have come too late.
    if (existsSync(join(other.path, 'events.db'))) rmSync(other.path, { recursive: true });
    say('a restore was killed midway, and is run again');
    const beginMs = performance.now();
    const restored = await started(
      startImports(env(other.path), ['restore', backup, '--yes', '--reason', 'the drill']),
    ).ended();
    const restoreMs = performance.now() - beginMs;
    // 3: images of events after what was acknowledged may be missing.
    if (restored.code !== 0 && restored.code !== 3) throw new Error(`restore failed: ${restored.stderr}`);
    say(`restored elsewhere in ${Math.round(restoreMs)} ms`);
    const lost = await lostOf(backup, other.path, BigInt(progress.images.up_to));
    const again = started(startProcess({ ...env(other.path), IMPORTER: 'off' }));
    const elsewhere = (await listening(again)) + IMPORTS;
    // It makes the views again first.
    const answers = async () => {
      const { status, body } = await fetch(elsewhere, { headers: headers() });
      await body?.cancel();
      return status === 200;
    };
    await until('the service answers there', answers, WITHIN_MS);
    const verified = await started(startImports(env(other.path), ['verify', '--all'])).ended();
    if (verified.code !== 0) lost.push(`verify: ${verified.stdout}${verified.stderr}`);
    say('the service runs there, and verify --all finds no difference');
    await kill(again, 'SIGTERM');
    const streams = new Set((await allEvents(other.path)).map(({ stream }) => stream));
    const after = [...answered].filter((id) => !streams.has(`import-${id}`)).length;
    const ageMs = Date.now() - Date.parse(progress.at);
    return {
      ...{ answered: answered.size, after, lost, restoreMs },
      acknowledged: { events: progress.events, images: progress.images.kept, ageMs },
    };
  } finally {
    isOver = true;
    await Promise.all(running.map((process) => kill(process, 'SIGKILL')));
    await images.stop();
    for (const folder of [machine, other, safe]) folder.remove();
  }
}

interface Progress {
  readonly events: number;
  readonly at: string;
  readonly images: { readonly up_to: string; readonly kept: number };
}

function progressOf(backup: string): Progress | null {
  try {
    return JSON.parse(readFileSync(join(backup, 'progress.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** @param imagesUpTo the images of events up to this position are acknowledged, too */
async function lostOf(backup: string, folder: string, imagesUpTo: bigint): Promise<string[]> {
  const lost: string[] = [];
  const found = new Map((await allEvents(folder)).map((event) => [event.position, event]));
  for await (const events of eventsOfBackup(await openBackup(new FolderPlace(backup)))) {
    for (const event of events) {
      const there = found.get(event.position);
      if (there === undefined || exportLine(there) !== exportLine(event)) {
        lost.push(`event ${event.id} at position ${event.position}`);
      }
      if (event.position > imagesUpTo) continue;
      for (const { image } of imageIn(event)) {
        if (sha256In(join(folder, 'blobs', placeOf(image.sha256))) !== image.sha256) lost.push(`image ${image.id}`);
      }
    }
  }
  return lost;
}

function sha256In(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return null;
  }
}

async function allEvents(folder: string): Promise<RecordedEvent[]> {
  const log = await openEmbeddedLogForReading({ file: join(folder, 'events.db') });
  return log.readAll(0n, Number.POSITIVE_INFINITY).finally(() => log.close());
}
