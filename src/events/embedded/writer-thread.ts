import { reasonOf } from '../../errors/reason-of.ts';
import type { ThreadProgram } from '../../machine/start-thread.ts';
import { type Failure, serveBatches } from '../../sqlite/batched-worker.ts';
import { isDamage } from '../../sqlite/errors.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { LogDamaged } from '../errors.ts';
import { damaged } from './damaged.ts';
import type { AppendMessage, Place } from './messages.ts';
import { NewestPosition } from './newest-position.ts';
import { Writer } from './writer.ts';
import { MOVED } from './writing-connection.ts';
import { FileWatch } from './written-over.ts';

/** The thread's program: the one writer of the log in this process. */

export interface WriterThreadData {
  readonly file: string;
  /** The file, held open by the process's other thread. */
  readonly fd: number;
  readonly id: string;
  /** The memory of the reading thread's `NewestPosition`. */
  readonly newest: SharedArrayBuffer;
  /** How long to wait for another process's lock on the log. */
  readonly busyTimeoutMs: number;
}

export const program: ThreadProgram<WriterThreadData> = { url: import.meta.url, run };

/** The thread that appends to the log: it serves batches of appends until it is told to close. */
export function run({ file, fd, id, newest, busyTimeoutMs }: WriterThreadData): void {
  const watch = new FileWatch(file, fd);
  let writer: Writer | null = null;
  /** The identity of the file that was opened first: no other file is ever written to. */
  let identity: string | null = null;

  serveBatches<AppendMessage, Place>(
    (batch) => {
      try {
        writer ??= new Writer(file, id, new NewestPosition(file, newest), watch, busyTimeoutMs);
        identity ??= writer.identity;
        if (writer.identity !== identity) throw new Error(MOVED);
        return writer.append(batch);
      } catch (error) {
        letGo();
        const failure = failureOf(error, file);
        return batch.map(() => ({ failure }));
      }
    },
    () => writer?.close(),
    checkpoint,
  );

  function checkpoint(): void {
    try {
      writer?.checkpoint();
    } catch {
      // The events are safe in the write-ahead log; the next batch tries again on a new connection.
      letGo();
    }
  }

  /** A connection that failed is not used again. The next batch opens another, so appends work again as soon as the disk does. */
  function letGo(): void {
    try {
      writer?.abandon();
    } catch {
      // The connection is given up in any case.
    }
    writer = null;
  }
}

function failureOf(error: unknown, file: string): Failure {
  if (error instanceof LogDamaged) return { code: 'log_damaged', message: error.message };
  const reason = reasonOf(error);
  if (isDamage(error)) return { code: 'log_damaged', message: damaged(file, reason).message };
  return { code: 'log_unavailable', message: `${file}: ${whyUnusable(error, filesOf(file))}` };
}
