import type { DomainEvent } from '../events/event-types.ts';
import { viewOf } from './fold.ts';
import { type Foldable, fold } from './fold-stream.ts';
import { project } from './project.ts';
import type { ProjectorStore } from './projector-store.ts';
import type { Stored } from './queries.ts';

/** How many events' ids are kept for the follower at most; beyond that it projects them again, which is harmless. */
const REMEMBERED = 5_000;

/** The follower waits for this node's own projections no longer than this at a time; then it projects the events itself. */
const PATIENCE_MS = 100;

/** The events of one append, from before it was tried. */
export interface Expected {
  readonly ids: readonly string[];
  /** Whether they were projected; null: that is not yet known. */
  isProjected: boolean | null;
  /** Calls whoever waits for that; null: nobody does. */
  wake: (() => void) | null;
}

/**
 * Projects what this node has just appended, at once, so that the answer and the next query show it. Where the read model
 * cannot be written the append still stands: the view is then folded from the events in hand, and the follower catches up.
 */
export class InlineProjector {
  readonly #readModel: ProjectorStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #onDuration: (seconds: number) => void;
  /** By the event's id; all events of an append have one and the same. */
  readonly #expected = new Map<string, Expected>();

  /** Why nothing is projected just now; null: it is. */
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
   * Events with these ids are about to be appended, all together. If the follower meets them before they are projected, it waits for that.
   * @returns what `project` or `dismiss` is called with next
   */
  expect(ids: readonly string[]): Expected {
    const expected: Expected = { ids, isProjected: null, wake: null };
    for (const id of ids) this.#expected.set(id, expected);
    for (const oldest of this.#expected.keys()) {
      if (this.#expected.size <= REMEMBERED) break;
      this.#expected.delete(oldest);
    }
    return expected;
  }

  /** The append of these events failed, or its outcome is unknown: if they are in the log, the follower projects them. */
  dismiss(expected: Expected): void {
    settle(expected, false);
    for (const id of expected.ids) this.#expected.delete(id);
  }

  /**
   * The view after `events`, which begin with the stream's first or follow `history`; null for a stream that no view is folded from.
   * @param history the stream's events before them, as far as the command read them
   */
  async project(
    expected: Expected,
    events: readonly DomainEvent[],
    history: readonly Foldable[] = [],
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
      const { views, quarantined } = await project(this.#readModel, events);
      isProjected = quarantined.length === 0;
      const stored = views.get(stream);
      // The view may lack what comes before the events: the follower has yet to project it.
      if (stored !== undefined && stored.revision >= last.revision) return stored;
    } catch (error) {
      this.#onFailure(error);
    } finally {
      settle(expected, isProjected);
      this.#onDuration((performance.now() - began) / 1000);
    }
    return fold(view.kind, view.id, [...history, ...events]);
  }

  /**
   * Which of these events this node has projected inline. What it is about to append or to project is waited for, but not for long. Each event is
   * asked about once, by the follower.
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

  /** Leaves the read model alone until `resume`: what is appended meanwhile is folded from the events in hand. */
  pause(reason: Error): void {
    this.#paused = reason;
  }

  resume(): void {
    this.#paused = null;
  }

  /** What was projected so far counts no more: the read model may be another one by now. */
  forget(): void {
    this.#expected.clear();
  }
}

function settle(expected: Expected, isProjected: boolean): void {
  expected.isProjected = isProjected;
  expected.wake?.();
  expected.wake = null;
}

/** Resolves once it is known of all whether they were projected, or after so long. */
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
