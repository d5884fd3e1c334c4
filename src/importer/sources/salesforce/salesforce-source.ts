import type { Params } from '../../../events/import-events.ts';
import type { StreamedAnswer } from '../../../outbound/guarded-client.ts';
import { sourceOf } from '../../../projections/views/import-source.ts';
import { type NamedRecord, recordNamed } from '../../../projections/views/salesforce-record.ts';
import type { ConnectionView } from '../../../projections/views.ts';
import { ImportFailure } from '../../import-failure.ts';
import { tooLarge } from '../../too-large.ts';
import type { Fetched, Progress, Sink, Source, Wanted } from '../source.ts';
import { Api, type ApiParts, refusalOf } from './api.ts';
import { downloadFailure } from './failures.ts';
import { fileIn, queryFor } from './file-record.ts';

export interface SalesforceParts extends ApiParts {
  /** The connection of an organization; null: it has none. */
  readonly connectionOf: (organizationId: string) => ConnectionView | null;
  /** Larger files are not fetched. */
  readonly mostBytes: number;
}

/** Fetches images from the Salesforce of each organization. Source: importing.md. */
export class SalesforceSource implements Source {
  readonly #parts: SalesforceParts;

  constructor(parts: SalesforceParts) {
    this.#parts = parts;
  }

  async fetch(
    { organizationId, params }: Wanted,
    sink: Sink,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const { kind, id } = wantedRecord(params);
    const connection = this.#parts.connectionOf(organizationId);
    if (connection === null) {
      throw new ImportFailure('connection_missing', 'The organization has no connection to Salesforce.');
    }
    const api = new Api(this.#parts, { connection, called: (call) => progress.called(call), signal });
    const file = fileIn(kind, await api.query(queryFor(kind, id)));
    this.#parts.budgets.assertLeft(organizationId);
    if (file.bytes !== null && file.bytes > this.#parts.mostBytes) throw tooLarge(this.#parts.mostBytes);
    progress.expect(file.bytes);
    const session = await api.download(file.path, async (answer, session) => {
      await pour(answer, sink);
      return session;
    });
    return {
      source: {
        ...{ kind: 'salesforce', host: new URL(session.origin).host },
        ...{ organization_id: session.organizationId, user_id: session.userId },
        ...{ record: file.record, record_id: file.id, version_number: file.versionNumber },
      },
      filename: file.filename,
      bytes: file.bytes,
      md5: file.md5,
    };
  }
}

/** What the parameters name. @throws {ImportFailure} nothing, or what cannot be there: no call is needed to see that */
function wantedRecord(params: Params): NamedRecord {
  const source = sourceOf(params);
  if (source?.kind !== 'salesforce') {
    throw new ImportFailure('source_missing', 'The request has neither content_document_id nor attachment_id.');
  }
  const { parameter } = source;
  const record = recordNamed(parameter, source.id);
  if (record === 'malformed') {
    throw new ImportFailure(
      'source_not_found',
      `${parameter} is no id of Salesforce: it has another form, or its last three characters, which are a checksum, are wrong.`,
    );
  }
  if (record === 'of_something_else') {
    const begins = parameter === 'attachment_id' ? '00P' : '069 or 068';
    throw new ImportFailure(
      'source_not_found',
      `${parameter} is the id of something else: it must begin with ${begins}.`,
    );
  }
  return record;
}

async function pour(answer: StreamedAnswer, sink: Sink): Promise<void> {
  if (answer.status !== 200) throw downloadFailure(await refusalOf(answer));
  if (/^\s*text\/html/i.test(String(answer.headers['content-type'] ?? ''))) {
    throw new ImportFailure(
      'not_an_image',
      'The download was answered with a page in HTML: a download handler of the organization keeps the integration user from the file, or the file is such a page.',
    );
  }
  for await (const piece of answer.body) await sink.write(piece);
}
