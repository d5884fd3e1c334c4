import { isStreamName, STREAM_BEGINNINGS } from '../streams.ts';

/** Holds one event, whose id is the log's. It is of none of our categories, so the event is not part of the log. */
export const NAME_STREAM = 'imports_log';

/**
 * The names of the log's streams on the server, where the operator's prefix goes before each. Nothing outside this folder knows of it.
 * Logs with different prefixes have no stream in common: a prefix has no hyphen, so all up to a name's first hyphen is prefix and category.
 */
export class StreamNames {
  readonly #prefix: string;

  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** The name that a stream of ours has on the server. */
  onServer(stream: string): string {
    return this.#prefix + stream;
  }

  /** How the names of the streams begin that hold the log's events. Others' streams may begin so, too. */
  get beginnings(): string[] {
    return STREAM_BEGINNINGS.map((name) => this.onServer(name));
  }

  /** Our name of a stream that holds events of the log; null if it is another's. */
  ofOurs(onServer: string): string | null {
    if (!onServer.startsWith(this.#prefix)) return null;
    const stream = onServer.slice(this.#prefix.length);
    return isStreamName(stream) ? stream : null;
  }
}
