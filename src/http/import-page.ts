import { ReadModelUnavailable } from '../projections/errors.ts';
import type { ListPage, ListQuery } from '../projections/queries.ts';
import { LARGE_BYTES } from './limits/large-work.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

/** The most characters of the parameters of a page's imports. One import alone may have over a million. */
const MAX_CHARACTERS = 2_000_000;

/** Reads a page of imports. A large page waits for its turn before it is read in full. */
export async function importPage(
  { readModel, lists }: Pick<Services, 'readModel' | 'lists'>,
  { large }: Pick<RequestState, 'large'>,
  query: ListQuery<'import'>,
): Promise<ListPage<'import'>> {
  // A store may fail at lists only. `lists` keeps that for `/readyz`.
  const list = (maxCharacters: number) =>
    lists.watch(() => readModel.list('import', { ...query, maxCharacters }), ReadModelUnavailable);
  const small = await list(LARGE_BYTES);
  if (small.isLast || small.items.length === query.limit) return small;
  await large.enter();
  return list(MAX_CHARACTERS);
}
