import { isKnownType } from '../events/decode.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { type Asked, spans } from '../telemetry/tracing.ts';
import { decodeOrQuarantine, type Projectable } from './decode-or-quarantine.ts';
import { ReadModelUnavailable } from './errors.ts';
import type { InlineProjector } from './inline-projector.ts';
import { project } from './project.ts';
import type { Checkpoint, ProjectorStore } from './projector-store.ts';

/** So many streams that lack their beginning are named. */
const MOST_CUT = 1_000;

/** A page of the log; empty if the log is quiet. Until the follower is level, pages are decoded while the page before is written. */
export interface Page {
  readonly recorded: readonly RecordedEvent[];
  readonly decoded: readonly Projectable[] | null;
}

/** Projects pages of the log, but not the events that the inline projector has projected, and says what an operator should know of them. */
export class PageProjector {
  readonly #log: EventLog;
  readonly #readModel: ProjectorStore;
  readonly #inline: InlineProjector;
  readonly #logger: { warn(fields: object, message: string): void };
  readonly #inSpan = spans();
  readonly #cut = new Set<string>();
  #unknownEvents = 0;
  /**
   * How many events are projected in one step. If the read model does not take a step (in time, for example), smaller steps are tried: the
   * large one might never succeed. With each page the steps grow again.
   */
  #stepEvents = Number.POSITIVE_INFINITY;

  constructor(
    log: EventLog,
    readModel: ProjectorStore,
    inline: InlineProjector,
    logger: { warn(fields: object, message: string): void },
  ) {
    this.#log = log;
    this.#readModel = readModel;
    this.#inline = inline;
    this.#logger = logger;
  }

  /** How many events it has met whose type only a newer release knows. */
  get unknownEvents(): number {
    return this.#unknownEvents;
  }

  /**
   * Projects a page in one step or more, first the views, then the checkpoint. Gives the checkpoint after each step.
   * @throws {CheckpointLost | LogUnavailable | ReadModelUnavailable}
   */
  async *project({ recorded, decoded }: Page, from: Checkpoint): AsyncGenerator<Checkpoint> {
    let reached = from;
    for (let start = 0; start < recorded.length; ) {
      const end = start + this.#stepEvents;
      const step = { recorded: recorded.slice(start, end), decoded: decoded?.slice(start, end) ?? null };
      reached = await this.#step(step, reached);
      yield reached;
      start = end;
    }
    this.#stepEvents *= 2;
  }

  async #step(step: Page, from: Checkpoint): Promise<Checkpoint> {
    try {
      return await this.#project(step, from);
    } catch (error) {
      if (error instanceof ReadModelUnavailable) this.#stepEvents = Math.ceil(step.recorded.length / 2);
      throw error;
    }
  }

  async #project({ recorded, decoded }: Page, from: Checkpoint): Promise<Checkpoint> {
    const projected = await this.#inline.takeProjected(recorded.map(({ id }) => id));
    const events: Projectable[] = [];
    for (const [index, event] of recorded.entries()) {
      if (!projected.has(event.id)) events.push(decoded?.[index] ?? decodeOrQuarantine(event));
    }
    const last = recorded.at(-1) as RecordedEvent;
    const to = { log: this.#log.id, position: last.position, event: last.id };
    const write = () => project(this.#readModel, events, { from, to }, this.#log);
    const { quarantined, cut } = await (events.length === 0 ? write() : this.#inSpan(() => follows(events), write));
    for (const { position, reason } of quarantined) {
      this.#logger.warn(
        { position: String(position), reason },
        'an event could not be projected and went to the quarantine',
      );
    }
    this.#noteCut(cut);
    this.#noteUnknown(recorded);
    return { ...from, ...to };
  }

  /** Says of each stream once that it lacks its beginning. */
  #noteCut(streams: readonly string[]): void {
    for (const stream of streams) {
      if (this.#cut.has(stream) || this.#cut.size === MOST_CUT) continue;
      this.#cut.add(stream);
      this.#logger.warn(
        { stream },
        'a stream lacks its beginning, which others have deleted: what is left of it changes no view (this is said once)',
      );
    }
  }

  /** Counts events of unknown types, which change nothing in the views of this release. */
  #noteUnknown(recorded: readonly RecordedEvent[]): void {
    const unknown = recorded.filter(({ type }) => !isKnownType(type));
    const [first] = unknown;
    if (first !== undefined && this.#unknownEvents === 0) {
      this.#logger.warn({ type: first.type }, 'events of a type that this release does not know are skipped');
    }
    this.#unknownEvents += unknown.length;
  }
}

/** The span of events that were recorded in other spans, perhaps on other nodes. */
function follows(events: readonly Projectable[]): Asked {
  const traceparents = events.map((event) => ('metadata' in event ? event.metadata.traceparent : undefined));
  const attributes = { 'imports.events': events.length, 'imports.position': String(events.at(-1)?.position) };
  return { name: 'follow the log', kind: 'consumer', after: traceparents, attributes };
}
