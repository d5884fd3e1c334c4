import type { DomainEvent } from '../events/event-types.ts';
import { seldom } from '../time/seldom.ts';
import { viewOf } from './fold.ts';
import { type Foldable, fold } from './fold-stream.ts';
import { project } from './project.ts';
import type { ProjectorStore } from './projector-store.ts';
import type { Stored } from './queries.ts';

/** At most so many event ids are kept for the follower. It projects other events again, which is harmless. */
const REMEMBERED = 5_000;

/** The follower waits at most this long for this node's own projections; then it projects the events itself. */
const PATIENCE_MS = 100;

/** The events of one append, registered before it is tried. */
export interface Expected {
  readonly ids: readonly string[];
  /** Whether they were projected; null: not known yet. */
  isProjected: boolean | null;
  /** Wakes what waits for that; null: nothing waits. */
  wake: (() => void) | null;
}

/**
 * Projects this node's events at once after their append, so that the answer and the next query show them. If the read model cannot be
 * written, the append is still valid: the view is folded from the events, and the follower projects them later.
 */
export class InlineProjector {
  readonly #readModel: ProjectorStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #onDuration: (seconds: number) => void;
  /** By event id; all events of an append have the same object. */
  readonly #expected = new Map<string, Expected>();

  /** Why nothing is projected just now; null while events are projected. */
  #paused: Error | null = null;

  constructor(
    readModel: ProjectorStore,
    hooks: { onFailure?: (error: unknown) => void; onDuration?: (seconds: number) => void } = {},
  ) {
    this.#readModel = readModel;
    this.#onFailure = hooks.onFailure ?? (() => {});
    this.#onDuration = hooks.onDuration ?? (() => {});
  }

  /**
   * Call it before these events are appended together. If the follower meets them before they are projected, it waits for that.
   * @returns the argument for the next `project` or `dismiss`
   */
  expect(ids: readonly string[]): Expected {
    const expected: Expected = { ids, isProjected: null, wake: null };
    for (const id of ids) this.#expected.set(id, expected);
    if (this.#expected.size > REMEMBERED) this.#forgetOldest();
    return expected;
  }

  #forgetOldest(): void {
    for (const oldest of this.#expected.keys()) {
      if (this.#expected.size <= REMEMBERED) break;
      this.#expected.delete(oldest);
    }
  }

  /** The append of these events failed, or its outcome is unknown: if they are in the log, the follower projects them. */
  dismiss(expected: Expected): void {
    settle(expected, false);
    for (const id of expected.ids) this.#expected.delete(id);
  }

  /**
   * Projects `events`, which begin the stream or follow `history`. Returns the view after them; null if the stream has no view.
   * @param history the stream's earlier events, if the command read them
   * @param before the view that `history` follows, if the command knew it
   */
  async project(
    expected: Expected,
    events: readonly DomainEvent[],
    history: readonly Foldable[] = [],
    before: Stored | null = null,
  ): Promise<Stored | null> {
    const last = events.at(-1) as DomainEvent;
    const { stream } = last;
    const view = viewOf(stream);
    if (view === null) {
      settle(expected, true);
      return null;
    }
    const began = performance.now();
    let isProjected = false;
    try {
      if (this.#paused !== null) throw this.#paused;
      const known = history.length === 0 ? before : null;
      const { views, quarantined } = await project(this.#readModel, events, undefined, undefined, known);
      isProjected = quarantined.length === 0;
      const stored = views.get(stream);
      // The view may lack earlier events, which the follower has not projected yet.
      if (stored !== undefined && stored.revision >= last.revision) return stored;
    } catch (error) {
      this.#onFailure(error);
    } finally {
      settle(expected, isProjected);
      this.#onDuration((performance.now() - began) / 1000);
    }
    return fold(view.kind, view.id, [...history, ...events], before);
  }

  /**
   * Which of these events this node has projected inline. It waits a short time for events that are being appended or projected. The
   * follower asks once for each event.
   */
  async takeProjected(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const known = new Map<string, Expected>();
    for (const id of ids) {
      const expected = this.#expected.get(id);
      if (expected !== undefined) known.set(id, expected);
      this.#expected.delete(id);
    }
    await settled(new Set(known.values()), PATIENCE_MS);
    return new Set(ids.filter((id) => known.get(id)?.isProjected));
  }

  /** Writes nothing to the read model until `resume`: meanwhile views are folded from their events. */
  pause(reason: Error): void {
    this.#paused = reason;
  }

  resume(): void {
    this.#paused = null;
  }

  /** Forgets what was projected so far: the read model may be another one now. */
  forget(): void {
    this.#expected.clear();
  }
}

/** Warns of events that were appended but not projected. */
export function notProjected(logger: { warn(fields: object, message: string): void }): (error: unknown) => void {
  return seldom((err) =>
    logger.warn({ err }, 'events are appended but not projected; the follower will (this is said once in a while)'),
  );
}

function settle(expected: Expected, isProjected: boolean): void {
  expected.isProjected = isProjected;
  expected.wake?.();
  expected.wake = null;
}

/** Resolves once it is known for all whether they were projected, or after `withinMs`. */
async function settled(all: ReadonlySet<Expected>, withinMs: number): Promise<void> {
  const open = [...all].filter(({ isProjected }) => isProjected === null);
  if (open.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withinMs);
  let count = open.length;
  for (const each of open) {
    each.wake = () => {
      count -= 1;
      if (count === 0) resolve();
    };
  }
  await promise;
  clearTimeout(timer);
}
