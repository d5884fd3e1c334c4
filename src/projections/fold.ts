import type { DomainEvent } from '../events/event-types.ts';
import { parseStreamName } from '../events/streams.ts';
import { importView } from './import-view.ts';
import type { Stored } from './read-model.ts';
import { secretView } from './secret-view.ts';
import { userView } from './user-view.ts';
import type { ViewKind, Views } from './views.ts';

/** The view function of each kind. The same one serves the POST, the follower, a rebuild and an audit. */
const viewFunctions: { [K in ViewKind]: (view: Views[K] | null, event: DomainEvent, id: string) => Views[K] } = {
  import: importView,
  user: userView,
  secret: secretView,
};

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
  return { revision: event.revision, view: viewFunctions[kind](stored?.view ?? null, event, id) };
}
