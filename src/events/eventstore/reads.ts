import { timedOut } from './client-errors.ts';

/** A read is given up when nothing has come for so long; the client itself would wait for ever. */
const READ_TIMEOUT_MS = 900;

/** A stream of the client: of a read (`cancel`) or of a subscription (`unsubscribe`). */
interface ClientStream<T> {
  [Symbol.asyncIterator](): AsyncIterator<T>;
  on(event: 'error', listener: () => void): unknown;
  destroy(error?: Error): unknown;
  cancel?(): Promise<void>;
  unsubscribe?(): Promise<void>;
}

/** Opens a stream that calls `alive` where the server tells of itself by other means than items. */
type Open<T> = (alive: () => void) => ClientStream<T>;

/**
 * Shows every item of a stream of the client, from first to last, until `isEnough` says so.
 * @throws {LogUnavailable} nothing came for `READ_TIMEOUT_MS`; else what the client emits
 */
export async function visit<T>(open: Open<T>, isEnough: (item: T) => boolean): Promise<void> {
  const giveUp = () => stream.destroy(timedOut(READ_TIMEOUT_MS));
  const watchdog = setTimeout(giveUp, READ_TIMEOUT_MS);
  const stream = open(() => watchdog.refresh());
  // What fails after the last item was taken concerns nobody.
  stream.on('error', () => {});
  try {
    for await (const item of stream) {
      watchdog.refresh();
      if (isEnough(item)) break;
    }
  } finally {
    clearTimeout(watchdog);
    end(stream);
  }
}

/** What a stream of the client gives, as `visit` shows it; the last item is the one that is enough. */
export async function collect<T>(open: Open<T>, isEnough: (item: T) => boolean = () => false): Promise<T[]> {
  const items: T[] = [];
  await visit(open, (item) => {
    items.push(item);
    return isEnough(item);
  });
  return items;
}

/** Ends the call behind a stream: destroying the stream alone would leave it open. */
export function end(stream: ClientStream<unknown>): void {
  const ended = stream.cancel?.() ?? stream.unsubscribe?.();
  ended?.catch(() => {});
}
