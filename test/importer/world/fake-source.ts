import { readFileSync } from 'node:fs';
import type { Fetched, Progress, Sink, Source, Wanted } from '../../../src/importer/sources/source.ts';

export const PNG = readFileSync(new URL('../../../src/http/routes/development/image.png', import.meta.url));

/** A fetch that is under way. */
export interface Fetching {
  readonly wanted: Wanted;
  readonly sink: Sink;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Gives the image. */
  give(fetched?: Partial<Fetched>): Promise<void>;
  fail(error: unknown): void;
}

/** A source of which a test says what becomes of each fetch. */
export class FakeSource implements Source {
  readonly fetching: Fetching[] = [];
  /** All that it was asked for, by import. */
  readonly asked: string[] = [];
  /** Gives each image at once. */
  isQuick = false;

  fetch(wanted: Wanted, sink: Sink, progress: Progress, signal: AbortSignal): Promise<Fetched> {
    this.asked.push(wanted.importId);
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
    const over = () => {
      this.fetching.splice(this.fetching.indexOf(fetching), 1);
    };
    const fetching: Fetching = {
      ...{ wanted, sink, progress, signal },
      async give(fetched = {}) {
        over();
        progress.expect(PNG.length);
        const at = new Date().toISOString();
        progress.called({ request: 'GET https://example.com/1.png', status: 200, error: null, at, ms: 1 });
        await sink.write(PNG);
        const source = { kind: 'url', host: 'example.com', path: '/1.png' } as const;
        resolve({ source, filename: '1.png', bytes: PNG.length, md5: null, ...fetched });
      },
      fail(error) {
        over();
        reject(error);
      },
    };
    this.fetching.push(fetching);
    if (this.isQuick) fetching.give().catch(reject);
    return promise;
  }
}
