import type { Fetched, Progress, Sink, Source, Wanted } from '../../src/importer/sources/source.ts';
import { PNG } from './png.ts';

/** A fetch that waits for the test. */
export interface Fetching {
  readonly wanted: Wanted;
  readonly sink: Sink;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Gives the bytes, a real image unless set, and ends. */
  give(bytes?: Buffer, said?: Partial<Fetched>): Promise<void>;
  fail(error: Error): void;
}

/** A source that gives what the test says, when it says so. */
export class FakeSource implements Source {
  /** All that were begun, in order. */
  readonly begun: Fetching[] = [];
  /** Is called with each that begins, to end it at once; nothing does unless set. */
  onBegin: (fetching: Fetching) => void = () => {};

  fetch(wanted: Wanted, sink: Sink, progress: Progress, signal: AbortSignal): Promise<Fetched> {
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
    const fetching: Fetching = {
      ...{ wanted, sink, progress, signal },
      async give(bytes = PNG, said = {}) {
        await sink.write(bytes);
        const source = { kind: 'url', host: 'example.com', path: '/1.png' } as const;
        resolve({ source, filename: '1.png', bytes: null, md5: null, ...said });
      },
      fail: reject,
    };
    this.begun.push(fetching);
    this.onBegin(fetching);
    return promise;
  }

  /** The ids of the imports, in the order in which they were begun. */
  get ids(): string[] {
    return this.begun.map(({ wanted }) => wanted.importId);
  }
}
