import { viewOf } from './fold.ts';
import type { ReadModelReader, Stored, Unreadable } from './read-model.ts';
import type { ViewKind } from './views.ts';

/** The views of these streams, those that there are, by stream; a round trip a kind. */
export async function viewsOf(
  readModel: ReadModelReader,
  streams: Iterable<string>,
): Promise<Map<string, Stored | Unreadable>> {
  const byKind = new Map<ViewKind, { readonly stream: string; readonly id: string }[]>();
  for (const stream of streams) {
    const view = viewOf(stream);
    if (view === null) continue;
    const ofKind = byKind.get(view.kind) ?? [];
    byKind.set(view.kind, ofKind);
    ofKind.push({ stream, id: view.id });
  }
  const views = new Map<string, Stored | Unreadable>();
  for (const [kind, ofKind] of byKind) {
    const found = await readModel.getMany(
      kind,
      ofKind.map(({ id }) => id),
    );
    for (const { stream, id } of ofKind) {
      const stored = found.get(id);
      if (stored !== undefined) views.set(stream, stored);
    }
  }
  return views;
}
