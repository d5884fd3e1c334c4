import type { ViewOfStream } from './fold.ts';
import type { ProjectorStore } from './projector-store.ts';
import type { Stored, Unreadable } from './queries.ts';
import type { ViewKind } from './views.ts';

/** The views that exist among these; one round trip for each kind. The keys are the given objects. */
export async function viewsOf<V extends ViewOfStream>(
  readModel: Pick<ProjectorStore, 'getMany'>,
  wanted: readonly V[],
): Promise<Map<V, Stored | Unreadable>> {
  const found = new Map<V, Stored | Unreadable>();
  for (const [kind, ofKind] of Map.groupBy(wanted, (view): ViewKind => view.kind)) {
    const byId = await readModel.getMany(
      kind,
      ofKind.map(({ id }) => id),
    );
    for (const view of ofKind) {
      const stored = byId.get(view.id);
      if (stored !== undefined) found.set(view, stored);
    }
  }
  return found;
}
