import { CommandRefused } from '../commands/command-refused.ts';
import { type ConnectionCommand, connectionDecider, type Pause } from '../commands/connection.ts';
import type { Execute } from '../commands/execute.ts';
import { COURSE_OF } from '../commands/import-reasons.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { streamName } from '../events/streams.ts';
import { LiveViews } from '../projections/live-views.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { ConnectionView } from '../projections/views.ts';
import type { Clock } from '../time/clock.ts';
import type { ImportFailure } from './import-failure.ts';
import { pauseLength } from './pause-length.ts';

/** Whether an organization's Salesforce may be asked. */
export type ConnectionStanding =
  /** `isOnTrial`: it paused, and has not worked since. One import at a time shows whether it does. */
  | { readonly kind: 'ready'; readonly connection: ConnectionView; readonly isOnTrial: boolean }
  /** `until` null: until it is resumed. */
  | {
      readonly kind: 'paused';
      readonly reason: Pause['reason'];
      readonly detail: string | null;
      readonly until: Date | null;
    }
  /** This node cannot log in: another one may. */
  | { readonly kind: 'unusable'; readonly detail: string }
  | { readonly kind: 'missing' | 'removed' };

export interface ConnectionsParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly readModel: Pick<ReadModelReader, 'page'>;
  readonly execute: Execute;
  readonly clock: Clock;
  /** Why this node cannot log in to a connection; null: it has what that needs. */
  readonly whyUnusable: (connection: ConnectionView) => Promise<string | null>;
  /** Is called with an organization when its standing has changed, or a pause is over. */
  readonly onChange: (organizationId: string) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** What this node knows of a connection. */
interface Known {
  view: ConnectionView;
  /** Null: it is usable. */
  unusable: string | null;
  /** What this node has found out, before it is on record, and even if it cannot be recorded. */
  found: Pause | null;
  cancelTimer: () => void;
}

/** Says of each organization whether its Salesforce may be asked, and records when it may not for a while. */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #known = new Map<string, Known>();
  readonly #views: LiveViews<'connection'>;
  readonly #looking = new Set<Promise<void>>();
  readonly #resuming = new Set<string>();

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#views = new LiveViews({
      ...parts,
      kind: 'connection',
      isOver: ({ status }) => status === 'removed',
      onChange: ({ view }) => this.#changed(view),
    });
    // A pause may last for hours: its timer would keep the process.
    parts.signal.addEventListener('abort', () => {
      for (const { cancelTimer } of this.#known.values()) cancelTimer();
    });
  }

  /** Reads all connections. It waits for the read model as long as it takes. New events may be applied before. */
  async list(): Promise<void> {
    await this.#views.list();
    await Promise.all(this.#looking);
  }

  /** Takes a new event of the log, of whatever stream. */
  apply(event: RecordedEvent): void {
    this.#views.apply(event);
  }

  /** Whether an organization's Salesforce may be asked now, as this node knows it. */
  standing(organizationId: string): ConnectionStanding {
    const known = this.#known.get(organizationId);
    if (known === undefined) return { kind: 'missing' };
    const { view, unusable, found } = known;
    if (view.status === 'removed') return { kind: 'removed' };
    const pause = [pauseIn(view), found].find((one) => one !== null && this.#holds(one)) ?? null;
    if (pause !== null) {
      const until = pause.until === null ? null : new Date(pause.until);
      return { kind: 'paused', reason: pause.reason, detail: pause.detail, until };
    }
    if (unusable !== null) return { kind: 'unusable', detail: unusable };
    return { kind: 'ready', connection: view, isOnTrial: isByItself(view) || found !== null };
  }

  /** The settings of an organization's connection; null: it has none. A pause does not matter. */
  connectionOf(organizationId: string): ConnectionView | null {
    const view = this.#known.get(organizationId)?.view;
    return view?.status === 'connected' ? view : null;
  }

  /**
   * Takes what became of an attempt at an organization's Salesforce: pauses the connection, or notes that it works again after a pause.
   * The pause counts at once on this node, whatever becomes of its record.
   * @param failure null: the image came
   */
  attemptEnded(organizationId: string, failure: ImportFailure | null): void {
    const known = this.#known.get(organizationId);
    if (known === undefined) return;
    if (failure?.trouble) this.#pause(organizationId, known, failure);
    else if (failure === null || COURSE_OF[failure.reason] === 'permanent') this.#works(organizationId, known);
  }

  #pause(organizationId: string, known: Known, { reason, message, trouble }: ImportFailure): void {
    const pauseReason = PAUSE_REASONS.find((one) => one === reason);
    if (pauseReason === undefined || ['paused', 'removed'].includes(this.standing(organizationId).kind)) return;
    const nowMs = this.#parts.clock.now();
    const untilMs = trouble?.until
      ? nowMs + pauseLength(pauseReason, trouble.until.getTime() - nowMs, known.view)
      : null;
    const until = untilMs === null ? null : new Date(untilMs).toISOString();
    known.found = { reason: pauseReason, detail: message, until };
    this.#watch(known);
    this.#parts.onChange(organizationId);
    void this.#execute(organizationId, { type: 'PauseConnection', nowMs, ...known.found });
  }

  /** Is called with each image: nothing is to be done mostly. */
  #works(organizationId: string, known: Known): void {
    const standing = this.standing(organizationId);
    if (standing.kind !== 'ready' || !standing.isOnTrial || this.#resuming.has(organizationId)) return;
    known.found = null;
    if (!isByItself(known.view)) return;
    this.#resuming.add(organizationId);
    const command = { type: 'ResumeConnection', reason: null, nowMs: this.#parts.clock.now() } as const;
    void this.#execute(organizationId, command).finally(() => this.#resuming.delete(organizationId));
  }

  async #execute(organizationId: string, command: ConnectionCommand): Promise<void> {
    const { execute, onTrouble } = this.#parts;
    const stream = streamName('connection', organizationId);
    const context = { organization_id: organizationId, request_id: newId() };
    await execute(connectionDecider, stream, command, context).catch((error) => {
      // It was removed in the meantime.
      if (!(error instanceof CommandRefused)) onTrouble(error);
    });
  }

  #changed(view: ConnectionView): void {
    const before = this.#known.get(view.id);
    const known = before ?? { view, unusable: NOT_LOOKED, found: null, cancelTimer: () => {} };
    const isLookedAt = before?.view.settings_event === view.settings_event;
    this.#known.set(view.id, known);
    known.view = view;
    // What is on record now came after it, or is it.
    known.found = null;
    this.#watch(known);
    if (!isLookedAt && view.status === 'connected') {
      known.unusable = NOT_LOOKED;
      const looking: Promise<void> = this.#look(known, view).finally(() => this.#looking.delete(looking));
      this.#looking.add(looking);
    }
    this.#parts.onChange(view.id);
  }

  /** Looks whether this node has what the login needs. A secret that cannot be read just now is looked for by the login again. */
  async #look(known: Known, view: ConnectionView): Promise<void> {
    const { whyUnusable, onChange, onTrouble } = this.#parts;
    const unusable = await whyUnusable(view).catch((error) => {
      onTrouble(error);
      return null;
    });
    if (known.view.settings_event !== view.settings_event) return;
    known.unusable = unusable;
    onChange(view.id);
  }

  /** Tells of the end of a pause. */
  #watch(known: Known): void {
    const { clock, onChange, signal } = this.#parts;
    known.cancelTimer();
    if (signal.aborted) return;
    const { until } = known.found ?? pauseIn(known.view) ?? { until: null };
    if (until !== null && Date.parse(until) > clock.now()) {
      known.cancelTimer = clock.after(Date.parse(until) - clock.now(), () => onChange(known.view.id));
    }
  }

  #holds({ until }: Pause): boolean {
    return until === null || Date.parse(until) > this.#parts.clock.now();
  }
}

const NOT_LOOKED = 'This node has not looked yet whether it can log in.';

const PAUSE_REASONS = ['connection_refused', 'limit_exceeded', 'source_unavailable'] as const;

/** Whether its last pause was not an operator's. */
function isByItself({ paused_reason }: ConnectionView): boolean {
  return paused_reason !== null && paused_reason !== 'asked';
}

function pauseIn({ paused_reason, paused_detail, paused_until }: ConnectionView): Pause | null {
  return paused_reason === null ? null : { reason: paused_reason, detail: paused_detail, until: paused_until };
}
