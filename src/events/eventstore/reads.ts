import { NoAnswer } from './client-errors.ts';

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
 * What a stream of the client gives, from first to last.
 * @param isEnough ends it after the item for which it is true; for streams that do not end by themselves
 * @throws {LogUnavailable} nothing came for `READ_TIMEOUT_MS`; else what the client emits
 */
export async function collect<T>(open: Open<T>, isEnough: (item: T) => boolean = () => false): Promise<T[]> {
  const items: T[] = [];
  const giveUp = () => stream.destroy(new NoAnswer(READ_TIMEOUT_MS));
  const watchdog = setTimeout(giveUp, READ_TIMEOUT_MS);
  const stream = open(() => watchdog.refresh());
  // What fails after the last item was taken concerns nobody.
  stream.on('error', () => {});
  try {
    for await (const item of stream) {
      watchdog.refresh();
      items.push(item);
      if (isEnough(item)) break;
    }
    return items;
  } finally {
    clearTimeout(watchdog);
    end(stream);
  }
}

/** Ends the call behind a stream: destroying the stream alone would leave it open. */
export function end(stream: ClientStream<unknown>): void {
  const ended = stream.cancel?.() ?? stream.unsubscribe?.();
  ended?.catch(() => {});
}
