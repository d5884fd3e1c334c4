import type { Paged, ReadModelReader } from './read-model.ts';
import type { ViewKind } from './views.ts';

const VIEWS_A_PAGE = 500;

/** Every view of a kind, ascending by id, one page in memory at a time. A view that is added or removed meanwhile may be missing or not. */
export async function* allOf<K extends ViewKind>(
  readModel: Pick<ReadModelReader, 'page'>,
  kind: K,
): AsyncGenerator<Paged<K>> {
  let after: string | null = null;
  for (;;) {
    const page: Paged<K>[] = await readModel.page(kind, after, VIEWS_A_PAGE);
    yield* page;
    const last = page[VIEWS_A_PAGE - 1];
    if (last === undefined) return;
    after = idOf(last);
  }
}

/** The view's id, even if the view cannot be read. */
export function idOf(paged: Paged): string {
  return 'unreadable' in paged ? paged.id : paged.view.id;
}
