import type { DomainEvent } from '../events/event-types.ts';
import { fold } from './fold.ts';
import { type Projected, project } from './project.ts';
import type { ReadModel, Stored } from './read-model.ts';
import type { ViewKind } from './views.ts';

/** How many events' ids are kept for the follower at most; beyond that it projects them again, which is harmless. */
const REMEMBERED = 5_000;

/**
 * Projects what this node has just appended, at once, so that the answer and the next query show it. Where the read model
 * cannot be written the append still stands: the view is then folded from the events in hand, and the follower catches up.
 */
export class InlineProjector {
  readonly #readModel: ReadModel;
  readonly #onFailure: (error: unknown) => void;
  readonly #onDuration: (seconds: number) => void;
  /** By event id: whether it came about, or the promise of that while it is under way. */
  readonly #projected = new Map<string, boolean | Promise<boolean>>();

  /** Why nothing is projected just now; null: it is. */
  #paused: Error | null = null;

  constructor(
    readModel: ReadModel,
    hooks: { onFailure?: (error: unknown) => void; onDuration?: (seconds: number) => void } = {},
  ) {
    this.#readModel = readModel;
    this.#onFailure = hooks.onFailure ?? (() => {});
    this.#onDuration = hooks.onDuration ?? (() => {});
  }

  /**
   * The view after `events`, which begin with the stream's first or follow `history`.
   * @param history the stream's events before them, as far as the command read them
   */
  async project<K extends ViewKind>(
    kind: K,
    id: string,
    events: readonly DomainEvent[],
    history: readonly DomainEvent[] = [],
  ): Promise<Stored<K>> {
    const began = performance.now();
    const projecting = this.#paused === null ? project(this.#readModel, events) : Promise.reject(this.#paused);
    this.#remember(events, projecting);
    try {
      const stored = (await projecting).views.get(events[0]?.stream ?? '');
      if (stored !== undefined) return stored as Stored<K>;
    } catch (error) {
      this.#onFailure(error);
    } finally {
      this.#onDuration((performance.now() - began) / 1000);
    }
    return fold(kind, id, [...history, ...events]) as Stored<K>;
  }

  /** Whether this node has projected the event inline (or is about to); each event is asked about once, by the follower. */
  takeProjected(eventId: string): boolean | Promise<boolean> {
    const projected = this.#projected.get(eventId) ?? false;
    this.#projected.delete(eventId);
    return projected;
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
    this.#projected.clear();
  }

  #remember(events: readonly DomainEvent[], projecting: Promise<Projected>): void {
    const settle = (came: boolean) => {
      for (const { id } of events) if (this.#projected.has(id)) this.#projected.set(id, came);
      return came;
    };
    const projected = projecting.then(
      ({ quarantined }) => settle(quarantined.length === 0),
      () => settle(false),
    );
    for (const { id } of events) this.#projected.set(id, projected);
    for (const oldest of this.#projected.keys()) {
      if (this.#projected.size <= REMEMBERED) break;
      this.#projected.delete(oldest);
    }
  }
}
