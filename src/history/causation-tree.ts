import type { TimelineEntry } from './timeline.ts';

/** An event, and the events that it brought about. */
export interface CausedEvent {
  readonly entry: TimelineEntry;
  readonly effects: readonly CausedEvent[];
}

/** What began a conversation (a request, as a rule), and what followed. */
export interface Cause {
  /** The correlation id, else the request id; null where the events tell neither. */
  readonly id: string | null;
  readonly effects: readonly CausedEvent[];
}

interface Node {
  readonly entry: TimelineEntry;
  readonly effects: Node[];
}

/**
 * Entries, in the order of the log, as trees: an event hangs under the event that its causation id names, where that is among those before
 * it, else under its correlation id. A later event is no cause, so there is no circle.
 */
export function causationTrees(entries: readonly TimelineEntry[]): Cause[] {
  const nodes = new Map<string, Node>();
  const causes = new Map<string | null, Node[]>();
  for (const entry of entries) {
    const { causationId, correlationId, requestId } = entry.details;
    const node: Node = { entry, effects: [] };
    const parent = causationId === null ? undefined : nodes.get(causationId);
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
