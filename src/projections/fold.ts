import type { DomainEvent } from '../events/event-types.ts';
import { parseStreamName } from '../events/streams.ts';
import type { Stored } from './read-model.ts';
import type { ViewDeclaration } from './views/declare-view.ts';
import { type ViewKind, type Views, views } from './views.ts';

/** Which view a stream is folded into; null for streams without one. */
export function viewOf(stream: string): { kind: ViewKind; id: string } | null {
  const name = parseStreamName(stream);
  return name === null ? null : { kind: name.category, id: name.id };
}

/**
 * The view after one more event.
 * @throws where the event does not fit the view
 */
export function evolveView<K extends ViewKind>(
  kind: K,
  id: string,
  stored: Stored<K> | null,
  event: DomainEvent,
): Stored<K> {
  const { evolve } = views[kind] as ViewDeclaration<Views[K]>;
  return { revision: event.revision, view: evolve(stored?.view ?? null, event, id) as Views[K] };
}
