import type { TimelineEntry } from './timeline.ts';

/** An event, and the events that it caused. */
export interface CausedEvent {
  readonly entry: TimelineEntry;
  readonly effects: readonly CausedEvent[];
}

/** The cause of a conversation (usually a request), and the events that followed. */
export interface Cause {
  /** The correlation id, else the request id; null if the events have neither. */
  readonly id: string | null;
  readonly effects: readonly CausedEvent[];
}

interface Node {
  readonly entry: TimelineEntry;
  readonly effects: Node[];
}

/**
 * Makes trees of entries in the order of the log. An event is under the event that its causation id names if that is among the events
 * before it, else under its correlation id. A later event is never a cause, so there is no circle.
 * @param stream events of this stream without a cause among the entries are under the first of them, so that they are one tree
 */
export function causationTrees(entries: readonly TimelineEntry[], stream: string | null = null): Cause[] {
  const nodes = new Map<string, Node>();
  const causes = new Map<string | null, Node[]>();
  let first: Node | undefined;
  for (const entry of entries) {
    const { causationId, correlationId, requestId } = entry.details;
    const node: Node = { entry, effects: [] };
    const isOfStream = entry.event.stream === stream;
    const parent = (causationId === null ? undefined : nodes.get(causationId)) ?? (isOfStream ? first : undefined);
    if (isOfStream) first ??= node;
    if (parent !== undefined) parent.effects.push(node);
    else {
      const id = correlationId ?? requestId;
      const effects = causes.get(id) ?? [];
      effects.push(node);
      causes.set(id, effects);
    }
    nodes.set(entry.event.id, node);
  }
  return [...causes].map(([id, effects]) => ({ id, effects }));
}
