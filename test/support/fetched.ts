import type { Call } from '../../src/events/import-events.ts';
import type { Fetched, Sink, Source, Wanted } from '../../src/importer/sources/source.ts';
import { tooLarge } from '../../src/importer/too-large.ts';

const IDS = {
  importId: '3d172b54-f40f-4df9-9342-0b042fac5382',
  organizationId: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
};

/** What came of a fetch that a test began. */
export interface Fetch {
  /** Rejects as the source does. */
  readonly fetched: Promise<Fetched>;
  /** All that came so far. */
  bytes(): Buffer;
  /** What the source was asked. */
  readonly calls: readonly Call[];
  /** What the source said how many bytes were to come, each time that it did. */
  readonly expected: readonly (number | null)[];
}

/** What the sink takes. */
const MOST_BYTES = 1_000_000;

/** Begins to fetch from a source into memory. */
export function fetchFrom(
  source: Source,
  wanted: Partial<Wanted> & Pick<Wanted, 'params'>,
  { signal = new AbortController().signal, sink }: { readonly signal?: AbortSignal; readonly sink?: Sink } = {},
): Fetch {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const calls: Call[] = [];
  const expected: (number | null)[] = [];
  const memory: Sink = {
    async write(piece) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) throw tooLarge(MOST_BYTES);
      pieces.push(Buffer.from(piece));
    },
  };
  const progress = { expect: (bytes: number | null) => expected.push(bytes), called: (call: Call) => calls.push(call) };
  const fetched = source.fetch({ ...IDS, credentials: [], ...wanted }, sink ?? memory, progress, signal);
  return { fetched, bytes: () => Buffer.concat(pieces), calls, expected };
}
