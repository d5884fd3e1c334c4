import { type Lane, WAITING_LANES } from '../projections/views/import-view.ts';
import type { Queued, QueuePlace, WorkQueries } from '../projections/work-queries.ts';
import { type Clock, timeText } from '../time/clock.ts';

/** An import that may be tried now. */
export interface Candidate {
  readonly importId: string;
  readonly organizationId: string;
  readonly lane: Lane;
  /** The revision of the claim that was lost; null: the import waits. */
  readonly lostClaim: number | null;
  /** Its place in its lane; null: it was not found there. */
  readonly place: QueuePlace | null;
}

/** Nothing of the lane is to be tried now. */
export interface Closed {
  /** In milliseconds since 1970; null: not known. */
  readonly untilMs: number | null;
}

export interface QueueParts {
  readonly work: Pick<WorkQueries, 'organizationsWithWork' | 'due'>;
  /** The id of the log. */
  readonly log: string;
  /** The lanes from which this worker takes. */
  readonly lanes: readonly Lane[];
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the import is not to be tried, though it waits: somebody is at work on it, or was just refused it. */
  readonly isBusy: (importId: string) => boolean;
  /** Whether a lane of an organization is closed; null: it is open. It is asked before each import that is taken. */
  readonly closed: (organizationId: string, lane: Lane) => Closed | null;
}

/** A lane of one organization. */
interface Line {
  readonly lane: Lane;
  /** In order. */
  readonly found: Candidate[];
  /** When the read model is to be asked again, in milliseconds since 1970. */
  lookAtMs: number;
  /** After which place it is asked: it goes through the whole lane, and then begins anew (null). */
  after: QueuePlace | null;
  /** Up to this place, nothing is performed here. */
  passed: QueuePlace | null;
}

interface Organization {
  readonly id: string;
  readonly lines: Map<Lane, Line>;
}

/** So many are read at once: enough for a while, and few enough that those of one organization are no burden. */
const FOUND_AT_ONCE = 32;

/** So many organizations are read at once when all are looked for. */
const STEPS = 200;

/**
 * Which import comes next: round robin over the organizations, and over the lanes of each. It keeps the first few of each organization that
 * has work, and asks the read model only for organizations and at times of which it was told, and for all of them at a slow poll.
 */
export class ImportQueue {
  readonly #parts: QueueParts;
  /** In turn: whoever had its turn goes to the end. */
  readonly #organizations = new Map<string, Organization>();

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Something of an organization is due at a time, in milliseconds since 1970, in one of these lanes; in any unless set. */
  noteDue(organizationId: string, atMs: number, lanes: readonly Lane[] = WAITING_LANES): void {
    for (const lane of lanes) {
      if (!this.#parts.lanes.includes(lane)) continue;
      const line = this.#line(organizationId, lane);
      line.lookAtMs = Math.min(line.lookAtMs, atMs);
    }
  }

  /** Adds one that is known to be due. */
  offer(candidate: Candidate): void {
    const { found } = this.#line(candidate.organizationId, candidate.lane);
    if (!found.some(({ importId }) => importId === candidate.importId)) found.push(candidate);
  }

  /** Somebody has it, or it has ended. */
  drop(organizationId: string, importId: string): void {
    for (const { found } of this.#organizations.get(organizationId)?.lines.values() ?? []) {
      const index = found.findIndex((candidate) => candidate.importId === importId);
      if (index >= 0) found.splice(index, 1);
    }
  }

  /** A lane of an organization may be open now. */
  reconsider(organizationId: string, lane: Lane): void {
    this.noteDue(organizationId, this.#parts.clock.now(), [lane]);
  }

  /** It is not performed here, and so is nothing before it in its lane. */
  pass({ organizationId, lane, place }: Candidate): void {
    const line = this.#line(organizationId, lane);
    if (place !== null) line.passed = laterOf(place, line.passed);
  }

  /** Nobody knows what became of one: what was passed is looked at again. */
  doubt({ organizationId, lane }: Candidate): void {
    const line = this.#line(organizationId, lane);
    line.passed = null;
    line.after = null;
    line.lookAtMs = this.#parts.clock.now();
  }

  /**
   * The next one; null: there is none now.
   * @param hasRoom whether an organization may have another one under way
   * @throws {ReadModelUnavailable}
   */
  async next(hasRoom: (organizationId: string) => boolean): Promise<Candidate | null> {
    for (const organization of this.#organizations.values()) {
      if (!hasRoom(organization.id)) continue;
      for (const line of organization.lines.values()) {
        if (this.#isClosed(organization.id, line)) continue;
        if (line.found.length === 0) await this.#fill(organization.id, line);
        const candidate = this.#shift(line);
        if (candidate === null) continue;
        toEnd(organization.lines, line.lane, line);
        toEnd(this.#organizations, organization.id, organization);
        return candidate;
      }
      this.#forgetIfIdle(organization);
    }
    return null;
  }

  /** Looks for all organizations that have something due. @throws {ReadModelUnavailable} */
  async poll(): Promise<void> {
    const { work, log, lanes, clock } = this.#parts;
    for (const lane of lanes) {
      let after: string | null = null;
      do {
        const nowMs = clock.now();
        const { organizations, next } = await work.organizationsWithWork({ log, lane }, timeText(nowMs), after, STEPS);
        for (const organization of organizations) this.noteDue(organization, nowMs, [lane]);
        after = next;
      } while (after !== null);
    }
  }

  /** When something is to be looked for next, in milliseconds since 1970; null: nothing is known. */
  nextMs(hasRoom: (organizationId: string) => boolean): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { id, lines } of this.#organizations.values()) {
      if (!hasRoom(id)) continue;
      for (const { lookAtMs } of lines.values()) next = Math.min(next, lookAtMs);
    }
    return next === Number.POSITIVE_INFINITY ? null : next;
  }

  #shift(line: Line): Candidate | null {
    for (let next = line.found.shift(); next !== undefined; next = line.found.shift()) {
      if (!this.#parts.isBusy(next.importId)) return next;
    }
    return null;
  }

  #isClosed(organizationId: string, line: Line): boolean {
    const closed = this.#parts.closed(organizationId, line.lane);
    if (closed === null) return false;
    line.found.length = 0;
    line.after = null;
    line.lookAtMs = closed.untilMs ?? Number.POSITIVE_INFINITY;
    return true;
  }

  async #fill(organizationId: string, line: Line): Promise<void> {
    const { work, log, clock, isBusy } = this.#parts;
    const nowMs = clock.now();
    if (line.lookAtMs > nowMs) return;
    // News that come while it looks are looked for again.
    line.lookAtMs = Number.POSITIVE_INFINITY;
    try {
      while (line.found.length === 0) {
        const lane = { log, lane: line.lane };
        const after = laterOf(line.after, line.passed);
        const page: Queued[] = await work.due(lane, organizationId, timeText(nowMs), after, FOUND_AT_ONCE);
        const found = page.filter(({ id }) => !isBusy(id)).map((queued) => candidateOf(queued, line.lane));
        line.found.push(...found);
        const isWhole = page.length < FOUND_AT_ONCE;
        line.after = isWhole ? null : (page.at(-1) as Queued);
        if (isWhole) return;
      }
      // There may be more.
      line.lookAtMs = nowMs;
    } catch (error) {
      line.lookAtMs = nowMs;
      throw error;
    }
  }

  #line(organizationId: string, lane: Lane): Line {
    let organization = this.#organizations.get(organizationId);
    if (organization === undefined) {
      organization = { id: organizationId, lines: new Map() };
      this.#organizations.set(organizationId, organization);
    }
    let line = organization.lines.get(lane);
    if (line === undefined) {
      line = { lane, found: [], lookAtMs: Number.POSITIVE_INFINITY, after: null, passed: null };
      organization.lines.set(lane, line);
    }
    return line;
  }

  #forgetIfIdle({ id, lines }: Organization): void {
    const isIdle = [...lines.values()].every(
      ({ found, lookAtMs, passed }) => found.length === 0 && passed === null && lookAtMs === Number.POSITIVE_INFINITY,
    );
    if (isIdle) this.#organizations.delete(id);
  }
}

function candidateOf({ id, organizationId, dueAt }: Queued, lane: Lane): Candidate {
  return { importId: id, organizationId, lane, lostClaim: null, place: { dueAt, id } };
}

function laterOf(one: QueuePlace | null, other: QueuePlace | null): QueuePlace | null {
  if (one === null || other === null) return one ?? other;
  const isOneLater = one.dueAt > other.dueAt || (one.dueAt === other.dueAt && one.id > other.id);
  return isOneLater ? one : other;
}

function toEnd<K, V>(all: Map<K, V>, key: K, value: V): void {
  all.delete(key);
  all.set(key, value);
}
