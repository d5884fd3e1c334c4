import { type FileHandle, open, stat } from 'node:fs/promises';
import { reasonOf } from '../../errors/reason-of.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { eventInLine, LINE_START } from './event-line.ts';

/** The file of an export, and what it held before. */
export interface ExportFile {
  /** The event of the last whole line; null for a file that is new or empty. */
  readonly last: RecordedEvent | null;
  /** Whether an incomplete line after it, as a crash leaves it, was removed. */
  readonly wasTorn: boolean;
  write(lines: string): Promise<void>;
  /** Resolves when what was written is on disk. */
  sync(): Promise<void>;
}

/** The opened output of an export. The caller that opened it closes it. */
export interface Output {
  readonly path: string;
  readonly handle: FileHandle;
  /** False for a pipe or a device, which cannot be continued. */
  readonly isPlain: boolean;
  close(): Promise<void>;
}

/** Opens a file, or makes it. Only its owner may use it, because it holds what callers sent. */
export async function openOutput(path: string): Promise<Output> {
  const isPlain = (await stat(path).catch(() => null))?.isFile() ?? true;
  const handle = await (isPlain ? open(path, 'a+', 0o600) : open(path, 'w'));
  return { path, handle, isPlain, close: () => handle.close() };
}

/**
 * Continues an export at the end of its file.
 * @throws {Error} the file is no export of this log; it was not touched.
 */
export async function resumeExport({ path, handle, isPlain }: Output, log: EventLog): Promise<ExportFile> {
  if (!isPlain) return exportFile(handle, null, false);
  try {
    const { size } = await handle.stat();
    const end = (await lastLineFeedBefore(handle, size)) + 1;
    const last = end === 0 ? null : await lastEvent(handle, end);
    if (last !== null) await assertIsOf(log, last);
    if (end < size) {
      await assertIsTornLine(handle, end, size);
      await handle.truncate(end);
    }
    return exportFile(handle, last, end < size);
  } catch (error) {
    throw new Error(`${path} cannot be added to: ${reasonOf(error)}`, { cause: error });
  }
}

function exportFile(handle: FileHandle, last: RecordedEvent | null, wasTorn: boolean): ExportFile {
  return {
    last,
    wasTorn,
    write: (lines) => handle.appendFile(lines),
    sync: () =>
      handle.sync().catch((error) => {
        // Pipes and devices cannot be synced.
        if (error.code !== 'EINVAL') throw error;
      }),
  };
}

/** @param end the end of the line, after its line feed */
async function lastEvent(handle: FileHandle, end: number): Promise<RecordedEvent> {
  const start = (await lastLineFeedBefore(handle, end - 1)) + 1;
  const line = await read(handle, start, end - 1);
  try {
    return eventInLine(line.toString());
  } catch (error) {
    throw new Error(`its last line is not an event: ${reasonOf(error)}`, { cause: error });
  }
}

async function assertIsOf(log: EventLog, { stream, revision, id, position }: RecordedEvent): Promise<void> {
  const [held] = await log.readStream(stream, revision, 1);
  if (held?.id === id && held.position === position) return;
  throw new Error(`it was exported from another log, which has event ${id} at position ${position}`);
}

async function assertIsTornLine(handle: FileHandle, start: number, size: number): Promise<void> {
  const beginning = (await read(handle, start, Math.min(size, start + LINE_START.length))).toString();
  if (!LINE_START.startsWith(beginning)) throw new Error('its end is not the beginning of an event');
}

const BLOCK_BYTES = 64 * 1024;

/** The place of the last line feed before `end`; -1 if there is none. */
async function lastLineFeedBefore(handle: FileHandle, end: number): Promise<number> {
  for (let to = end; to > 0; to -= BLOCK_BYTES) {
    const from = Math.max(0, to - BLOCK_BYTES);
    const found = (await read(handle, from, to)).lastIndexOf('\n');
    if (found !== -1) return from + found;
  }
  return -1;
}

async function read(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
