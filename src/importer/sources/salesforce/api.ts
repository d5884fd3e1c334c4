import { beginningOf } from '../../../outbound/beginning-of.ts';
import type { GuardedClient, StreamedAnswer } from '../../../outbound/guarded-client.ts';
import type { OutboundError } from '../../../outbound/outbound-error.ts';
import { textOf } from '../../../outbound/text-of.ts';
import type { ConnectionView } from '../../../projections/views.ts';
import { told } from '../told.ts';
import type { Budgets } from './budgets.ts';
import { networkFailure, queryFailure, unavailable } from './failures.ts';
import type { ReportCall, Session } from './login.ts';
import { REFUSAL_BYTES, type Refusal } from './refusal.ts';
import type { Sessions } from './sessions.ts';

export interface ApiParts {
  readonly client: Pick<GuardedClient, 'get'>;
  readonly sessions: Sessions;
  readonly budgets: Budgets;
  /** Such as `68.0`. */
  readonly apiVersion: string;
  /** The longest wait for the next bytes; 30 s unless set. */
  readonly stallMs?: number;
}

/** Whose API is asked, and who is told. */
export interface Asking {
  readonly connection: ConnectionView;
  readonly called: ReportCall;
  readonly signal?: AbortSignal;
}

const QUERY_MS = 30_000;
/** Salesforce ends requests after it. */
const DOWNLOAD_MS = 600_000;
const STALL_MS = 30_000;
const MOST_JSON_BYTES = 1_000_000;

const REFUSED = Symbol('the token was refused');

/** An organization's REST API. A token that is refused is renewed once. No redirect is followed: the token would go with it. */
export class Api {
  readonly #parts: ApiParts;
  readonly #asking: Asking;

  constructor(parts: ApiParts, asking: Asking) {
    this.#parts = parts;
    this.#asking = asking;
  }

  /** The records that a query finds. @throws {ImportFailure} */
  query(soql: string): Promise<readonly unknown[]> {
    const { apiVersion } = this.#parts;
    const asked: Asked = { what: 'query', path: `query?${new URLSearchParams({ q: soql })}`, timeoutMs: QUERY_MS };
    return this.#get(asked, async (answer) => {
      if (answer.status !== 200) throw queryFailure(await refusalOf(answer), apiVersion);
      const text = await textOf(answer.body, MOST_JSON_BYTES);
      const records = recordsIn(text);
      if (records === null) throw unavailable(refusalWith(answer, text), 'query');
      return records;
    });
  }

  /** Gives `read` the answer, whatever it is. @throws {ImportFailure} and what `read` throws */
  download<T>(path: string, read: Read<T>): Promise<T> {
    return this.#get({ what: 'download', path, timeoutMs: DOWNLOAD_MS }, read);
  }

  async #get<T>(asked: Asked, read: Read<T>): Promise<T> {
    const { connection, called } = this.#asking;
    const session = await this.#parts.sessions.of(connection, called);
    const result = await this.#once(session, asked, async (answer, session) =>
      answer.status === 401 ? REFUSED : read(answer, session),
    );
    if (result !== REFUSED) return result;
    return this.#once(await this.#parts.sessions.renewed(connection, session, called), asked, read);
  }

  #once<T>(session: Session, asked: Asked, read: Read<T>): Promise<T> {
    const { origin, token } = session;
    const { client, budgets, apiVersion, stallMs = STALL_MS } = this.#parts;
    const { connection, called, signal } = this.#asking;
    const party = connection.organization_id;
    const url = new URL(`${origin}/services/data/v${apiVersion}/${asked.path}`);
    const get = { party, headers: { authorization: `Bearer ${token}` }, timeoutMs: asked.timeoutMs, stallMs, signal };
    // That the query worked a moment ago says that the connection does.
    const failureOf = (error: OutboundError) => networkFailure(error, asked.what, asked.what === 'download');
    return told({ method: 'GET', url, called, failureOf }, (onStatus) =>
      client.get(url.href, get, (answer) => {
        onStatus(answer.status);
        budgets.heard(party, answer.headers['sforce-limit-info']);
        return read(answer, session);
      }),
    );
  }
}

/** Takes an answer. It is also given the session with which that came. */
type Read<T> = (answer: StreamedAnswer, session: Session) => Promise<T>;

interface Asked {
  readonly what: 'query' | 'download';
  /** Below the version. */
  readonly path: string;
  readonly timeoutMs: number;
}

/** What an answer that is none of those that are wanted says. */
export async function refusalOf(answer: StreamedAnswer): Promise<Refusal> {
  return refusalWith(answer, await beginningOf(answer.body, REFUSAL_BYTES));
}

function refusalWith({ status, headers }: StreamedAnswer, body: string): Refusal {
  return { status, contentType: String(headers['content-type'] ?? ''), body };
}

/** Null: it is no answer to a query. */
function recordsIn(text: string): readonly unknown[] | null {
  try {
    const { records } = Object(JSON.parse(text));
    return Array.isArray(records) ? records : null;
  } catch {
    return null;
  }
}
