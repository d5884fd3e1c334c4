import type { ImportReason } from '../events/import-events.ts';
import { allOf } from '../projections/all-of.ts';
import type { ListCursor } from '../projections/queries.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { ImportView } from '../projections/views.ts';

/** Which failed imports: all of those that are given must hold. */
export interface FailedSelection {
  readonly reason?: ImportReason;
  readonly organizationId?: string;
  /** Those that failed at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
}

/** At most so much is read at once. */
const IMPORTS_A_PAGE = 500;
const CHARACTERS_A_PAGE = 4_000_000;

/**
 * Imports that have failed, one page in memory at a time. Those of one organization are found by an index, newest first; else every import
 * is looked at. One that fails or is retried meanwhile may be missing or not, and none comes twice.
 * @param onLooked is called with how many imports were looked at
 * @throws {ReadModelUnavailable}
 */
export async function* failedImports(
  readModel: ReadModelReader,
  { reason, organizationId, sinceMs }: FailedSelection,
  onLooked: (count: number) => void = () => {},
): AsyncGenerator<ImportView> {
  const since = sinceMs === undefined ? '' : new Date(sinceMs).toISOString();
  const views = organizationId === undefined ? everyImport(readModel) : failedOf(readModel, organizationId);
  let looked = 0;
  for await (const view of views) {
    looked += 1;
    onLooked(looked);
    if (view.status !== 'failed' || (view.ended_at ?? '') < since) continue;
    if (reason === undefined || view.reason === reason) yield view;
  }
}

/** One that another release wrote cannot be read: it is not retried by this one. */
async function* everyImport(readModel: ReadModelReader): AsyncGenerator<ImportView> {
  for await (const stored of allOf(readModel, 'import')) if ('view' in stored) yield stored.view;
}

async function* failedOf(readModel: ReadModelReader, organizationId: string): AsyncGenerator<ImportView> {
  const query = { organizationId, having: { status: 'failed' }, limit: IMPORTS_A_PAGE };
  for (let after: ListCursor | undefined; ; ) {
    const page = await readModel.list('import', { ...query, after, maxCharacters: CHARACTERS_A_PAGE });
    for (const { view } of page.items) yield view;
    const last = page.items.at(-1)?.view;
    if (page.isLast || last === undefined) return;
    after = { createdAt: last.created_at, id: last.id };
  }
}
