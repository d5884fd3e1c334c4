import type { Call, Params } from '../events/import-events.ts';
import { sourceOf } from '../projections/views/import-source.ts';
import { laneOf } from '../projections/views/import-view.ts';
import type { Taken } from '../redaction/redact.ts';
import type { Clock } from '../time/clock.ts';
import type { Draft } from './blobs/draft.ts';
import { type BringParts, bring } from './brought.ts';
import type { Brought, Claim } from './claims.ts';
import { ImportFailure } from './import-failure.ts';
import type { Progress, Source } from './sources/source.ts';
import type { BytesSoFar } from './standing.ts';

export interface AttemptParts extends BringParts {
  readonly drafts: { begin(): Promise<Draft> };
  readonly sources: { readonly url: Source; readonly salesforce: Source };
  /** The credentials of an import that were sealed; null: they are not there any more. */
  readonly credentialsOf: (importId: string) => Promise<readonly Taken[] | null>;
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
}

/** Why an attempt is ended from outside: the worker stops, or the claim is over. */
export type Ending = 'stopped' | 'over';

/** An attempt that was ended from outside. */
export class AttemptEnded extends Error {
  readonly code = 'attempt_ended';
  readonly why: Ending;

  constructor(why: Ending) {
    super(`The attempt was ended: ${why}.`);
    this.name = 'AttemptEnded';
    this.why = why;
  }
}

/** So much of an attempt's time is left for keeping what came, at most. */
const KEEPING_MS = 15_000;

/** So many calls are recorded: a source makes fewer, unless it is at fault. */
const MOST_CALLS = 20;

/** One attempt at one import. It ends in time, even if its source or its store does not. */
export class Attempt implements Progress {
  readonly claim: Claim;
  readonly #parts: AttemptParts;
  readonly #calls: Call[] = [];
  readonly #end = new AbortController();
  #draft: Draft | null = null;
  #expected: number | null = null;
  #isOver = false;

  constructor(claim: Claim, parts: AttemptParts) {
    this.claim = claim;
    this.#parts = parts;
  }

  /** What was asked of the source so far. */
  get calls(): readonly Call[] {
    return this.#calls;
  }

  get bytesSoFar(): BytesSoFar {
    return { received: this.#draft?.bytes ?? 0, expected: this.#expected };
  }

  expect(bytes: number | null): void {
    this.#expected = bytes;
  }

  called(call: Call): void {
    if (this.#calls.length < MOST_CALLS) this.#calls.push(call);
  }

  /** Ends it: `run` rejects with `AttemptEnded` at once, unless it is over. */
  end(why: Ending): void {
    if (!this.#isOver) this.#end.abort(new AttemptEnded(why));
  }

  /**
   * Fetches the image and keeps it.
   * @param ms how long that may take
   * @throws {ImportFailure | StorageUnavailable | SealedUnavailable | AttemptEnded}
   */
  async run(ms: number): Promise<Brought> {
    const { clock, sources } = this.#parts;
    const { importId, organizationId, params, request } = this.claim;
    const keepingMs = Math.min(KEEPING_MS, ms / 4);
    const late = (reason: 'source_unavailable' | 'storage_unavailable', what: string) =>
      this.#end.abort(new ImportFailure(reason, `${what} within ${Math.round(ms / 1_000)} s.`));
    let isAsked = false;
    let cancel = clock.after(ms - keepingMs, () => {
      if (isAsked) late('source_unavailable', 'The source did not give all of it');
      else late('storage_unavailable', 'The service could not begin');
    });
    let begun: Promise<Draft> | null = null;
    try {
      const kind = sourceOf(params)?.kind;
      if (kind === undefined) {
        throw new ImportFailure('source_missing', whatIsMissing(params));
      }
      const credentials = laneOf(request) === 'sealed' ? await this.#unlessEnded(this.#credentials()) : [];
      begun = this.#parts.drafts.begin();
      const draft = await this.#unlessEnded(begun);
      this.#draft = draft;
      const wanted = { importId, organizationId, params, credentials };
      isAsked = true;
      const fetching = sources[kind].fetch(wanted, draft, this, this.#end.signal);
      const { source, ...said } = await this.#unlessEnded(fetching);
      cancel();
      cancel = clock.after(keepingMs, () => late('storage_unavailable', 'The image could not be kept'));
      const whole = await this.#unlessEnded(draft.end());
      const image = await this.#unlessEnded(bring(this.#parts, importId, whole, said));
      return { image, source, calls: this.#calls };
    } finally {
      this.#isOver = true;
      cancel();
      // Nobody waits for that: it may hang as well.
      void begun?.then((draft) => draft.discard()).catch(() => {});
    }
  }

  async #credentials(): Promise<readonly Taken[]> {
    const credentials = await this.#parts.credentialsOf(this.claim.importId);
    if (credentials !== null) return credentials;
    throw new ImportFailure(
      'credentials_gone',
      'The credentials that were sent with the request are not kept any more: send the request again.',
    );
  }

  /** What is awaited may never end. */
  #unlessEnded<T>(awaited: Promise<T>): Promise<T> {
    const { signal } = this.#end;
    return new Promise((resolve, reject) => {
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
      awaited.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
    });
  }
}

/** What a request that names no source lacks. */
function whatIsMissing({ import_type }: Params): string {
  switch (import_type) {
    case 'url':
      return 'import_type is url, but no text in the parameter url says where the image is.';
    case 'salesforce':
      return 'import_type is salesforce, but no text in content_document_id or attachment_id says what the image is.';
    default:
      return 'No text in a parameter says where the image is: send content_document_id, attachment_id or url.';
  }
}
