import type { Paged, ReadModelReader } from './read-model.ts';
import type { ViewKind } from './views.ts';

const VIEWS_A_PAGE = 500;

/** Every view of a kind, ascending by id, a page in memory at a time; one that comes or goes meanwhile may or may not be among them. */
export async function* allOf<K extends ViewKind>(readModel: ReadModelReader, kind: K): AsyncGenerator<Paged<K>> {
  let after: string | null = null;
  for (;;) {
    const page: Paged<K>[] = await readModel.page(kind, after, VIEWS_A_PAGE);
    yield* page;
    const last = page[VIEWS_A_PAGE - 1];
    if (last === undefined) return;
    after = idOf(last);
  }
}

/** Which view it is, also of one that cannot be read. */
export function idOf(paged: Paged): string {
  return 'unreadable' in paged ? paged.id : paged.view.id;
}
