import { FILTERED, type Params } from '../../events/import-events.ts';
import type { GuardedClient, StreamedAnswer } from '../../outbound/guarded-client.ts';
import { putBack } from '../../redaction/put-back.ts';
import { ImportFailure } from '../import-failure.ts';
import { tooLarge } from '../too-large.ts';
import { unescaped } from '../unescaped.ts';
import { answeredName } from './answered-name.ts';
import { callerHeaders, credentialsGone } from './caller-headers.ts';
import { fileNameOf } from './file-name.ts';
import { placeOf } from './place-of.ts';
import { recorded } from './recorded.ts';
import type { Fetched, Progress, Sink, Source, Wanted } from './source.ts';
import { isWhole, statusFailure } from './status-failure.ts';
import { firstVisit, nextVisit, type Visit } from './visit.ts';

const MOST_REDIRECTS = 3;
/** Far longer than servers take, in characters. To parse one of a megabyte could hold up the event loop for longer than anything else. */
const LONGEST_URL = 16_384;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Encodings that would have to be unpacked. Others, such as `aws-chunked`, are words that servers forgot there. */
const PACKED = /\b(?:gzip|deflate|br|zstd|compress)\b/i;

export interface UrlSourceParts {
  readonly client: Pick<GuardedClient, 'get'>;
  /** How long fetching may take, with all redirects, in milliseconds. */
  readonly timeoutMs: number;
  /** How many bytes an image may have. The sink counts them; what is said to have more is not even begun. */
  readonly mostBytes: number;
}

/** What an answer leads to. */
type Outcome = { readonly fetched: Fetched } | { readonly next: Visit };

/** Images at the URL in the parameter `url`, which is asked with the headers in `headers[NAME]`. */
export class UrlSource implements Source {
  readonly #parts: UrlSourceParts;

  constructor(parts: UrlSourceParts) {
    this.#parts = parts;
  }

  async fetch(wanted: Wanted, sink: Sink, progress: Progress, signal: AbortSignal): Promise<Fetched> {
    const params = putBack(wanted.params, wanted.credentials);
    const deadlineMs = performance.now() + this.#parts.timeoutMs;
    let visit = firstVisit(urlIn(params), callerHeaders(params));
    for (;;) {
      const current = visit;
      const timeoutMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
      const get = { party: wanted.organizationId, headers: current.headers, timeoutMs, signal };
      const outcome: Outcome = await recorded(current, progress, (onStatus) =>
        this.#parts.client.get(current.url.href, get, async (answer) => {
          onStatus(answer.status);
          if (REDIRECTS.has(answer.status)) return { next: redirectOf(current, answer) };
          if (!isWhole(answer.status)) throw statusFailure(answer.status);
          return { fetched: await this.#take(current.url, params, answer, sink, progress) };
        }),
      );
      if ('fetched' in outcome) return outcome.fetched;
      visit = outcome.next;
    }
  }

  async #take(
    url: URL,
    params: Params,
    { headers, body }: StreamedAnswer,
    sink: Sink,
    progress: Progress,
  ): Promise<Fetched> {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && PACKED.test(String(encoding))) {
      throw new ImportFailure(
        'not_an_image',
        'The server sends the image packed, though it was asked for as it is (Accept-Encoding: identity).',
      );
    }
    const length = headers['content-length'];
    const bytes = length === undefined ? null : Number(length);
    if (bytes !== null && bytes > this.#parts.mostBytes) throw tooLarge(this.#parts.mostBytes);
    progress.expect(bytes);
    for await (const piece of body) await sink.write(piece);
    return { source: { kind: 'url', ...placeOf(url) }, filename: filenameOf(headers, params, url), bytes, md5: null };
  }
}

/** @throws {ImportFailure} there is none, or it cannot be asked */
function urlIn({ url }: Params): URL {
  if (typeof url !== 'string' || url.trim() === '')
    throw new ImportFailure('source_missing', 'There is no parameter url that says where the image is.');
  if (url.includes(FILTERED)) throw credentialsGone('url');
  if (url.length > LONGEST_URL) {
    throw new ImportFailure('source_missing', `The parameter url has more than ${LONGEST_URL} characters.`);
  }
  if (URL.canParse(url)) return new URL(url);
  throw new ImportFailure('source_missing', 'The parameter url is not a URL, such as https://example.com/image.jpg.');
}

/**
 * Where an answer redirects to. From https to http too, as curl and browsers do: the caller's headers are left behind then, since the
 * origin is another one.
 * @throws {ImportFailure} nowhere, or once too often
 */
function redirectOf(visit: Visit, { status, headers }: StreamedAnswer): Visit {
  const { location } = headers;
  const next = typeof location === 'string' ? nextVisit(visit, location) : null;
  if (next === null) {
    throw new ImportFailure('source_unavailable', `The server answered ${status}, but not with a URL to go to.`);
  }
  if (next.before.includes(next.url.href))
    throw new ImportFailure('too_many_redirects', 'The redirects lead in a circle.');
  if (next.before.length > MOST_REDIRECTS)
    throw new ImportFailure('too_many_redirects', `There are more than ${MOST_REDIRECTS} redirects.`);
  return next;
}

/** As the server calls it, else the caller, else the URL. */
function filenameOf(headers: StreamedAnswer['headers'], { filename }: Params, { pathname }: URL): string | null {
  const answered = answeredName(headers['content-disposition']);
  if (answered !== null) return answered;
  const given = typeof filename === 'string' ? fileNameOf(filename) : null;
  return given ?? fileNameOf(unescaped(pathname));
}
