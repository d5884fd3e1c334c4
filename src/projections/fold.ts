import type { DomainEvent } from '../events/event-types.ts';
import { parseStreamName, streamName } from '../events/streams.ts';
import type { Stored } from './queries.ts';
import type { ViewDeclaration } from './views/declare-view.ts';
import { VIEW_KINDS, type ViewKind, type Views, views } from './views.ts';

/** Names a view and its stream. */
export interface ViewOfStream<K extends ViewKind = ViewKind> {
  readonly kind: K;
  /** The id of the view and of the stream's aggregate. */
  readonly id: string;
  readonly stream: string;
}

/** The kinds of each category, its own view first. */
const kindsOf = Map.groupBy(
  VIEW_KINDS.toSorted((one, other) => Number(isOwn(other)) - Number(isOwn(one))),
  (kind) => views[kind].category,
);

function isOwn(kind: ViewKind): boolean {
  return kind === views[kind].category;
}

/** Every view of a stream, its own first; empty for a stream without views. */
export function viewsOfStream(stream: string): readonly ViewOfStream[] {
  const name = parseStreamName(stream);
  if (name === null) return [];
  const { category, id } = name;
  return (kindsOf.get(category) ?? []).map((kind) => ({ kind, id, stream }));
}

/** A stream's own view, which has the name of its category; null if there is none. */
export function viewOf(stream: string): ViewOfStream | null {
  return viewsOfStream(stream)[0] ?? null;
}

/** The view of this kind with this id. */
export function viewNamed<K extends ViewKind>(kind: K, id: string): ViewOfStream<K> {
  return { kind, id, stream: streamName(views[kind].category, id) };
}

/**
 * The view after one more event.
 * @throws if the event does not fit the view
 */
export function evolveView<K extends ViewKind>(
  { kind, id }: ViewOfStream<K>,
  stored: Stored<K> | null,
  event: DomainEvent,
): Stored<K> {
  const { evolve } = views[kind] as ViewDeclaration<Views[K]>;
  return { revision: event.revision, view: evolve(stored?.view ?? null, event, id) as Views[K] };
}
