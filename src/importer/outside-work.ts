import { LRUCache } from 'lru-cache';
import type { RefusalCode } from '../commands/command-refused.ts';
import type { WaitingLane } from '../projections/views/import-view.ts';
import type { ImportView } from '../projections/views.ts';
import type { Queued, QueuePlace } from '../projections/work-queries.ts';
import { timeText } from '../time/clock.ts';
import { type Actor, type Claim, type Claims, isOfOneImport } from './claims.ts';
import { LostClaims, type LostClaimsParts } from './lost-claims.ts';

/** The lanes of which workers outside of the service may take: they get no sealed credentials. */
export const OUTSIDE_LANES = ['url', 'salesforce'] as const satisfies readonly WaitingLane[];

export type OutsideLane = (typeof OUTSIDE_LANES)[number];

/** What a worker outside asks for. */
export interface Wish {
  readonly organizationId: string;
  readonly worker: string;
  readonly lanes: readonly OutsideLane[];
  /** At most so many. */
  readonly most: number;
  readonly seconds: number;
  readonly actor: Actor;
}

/** An import that a worker outside has got. */
export interface Given {
  readonly claim: Claim;
  /** As it was before the claim. */
  readonly view: ImportView;
}

export interface OutsideWorkParts extends LostClaimsParts {
  readonly claims: Pick<Claims, 'claim'>;
  /** Makes sure that it is on record from where on imports are performed. @throws {LogUnavailable} */
  readonly mark: () => Promise<unknown>;
}

/** So many of a lane are looked at together. */
const PAGE = 32;

/** A worker gets no more once the parameters of what it has got have so many characters. */
const ENOUGH_CHARACTERS = 1_000_000;

/** The workers of one organization may have so many imports at once: every node times every claim. */
const MOST_HELD = 500;

/** The organizations of which something is remembered. */
const REMEMBERED = 1_000;

const FOR_EVER = timeText(Date.UTC(9999, 0));

/** Gives imports of their own organization to workers outside of the service. Calls for one organization come one after the other. */
export class OutsideWork {
  readonly #parts: OutsideWorkParts;
  readonly #lost = new LRUCache<string, LostClaims>({ max: REMEMBERED });
  /** By organization and lane: up to this place, nothing is performed here. */
  readonly #passed = new LRUCache<string, QueuePlace>({ max: REMEMBERED * OUTSIDE_LANES.length });

  constructor(parts: OutsideWorkParts) {
    this.#parts = parts;
  }

  /**
   * Claims what is due, the earliest first, and what others have lost. It gives fewer than `most` if they are large, and only what was lost
   * while the organization's workers have very many.
   * @throws {LogUnavailable | ReadModelUnavailable} nothing is known to be claimed
   */
  async give(wish: Wish): Promise<Given[]> {
    const given: Given[] = [];
    await this.#parts.mark();
    try {
      if (!(await this.#areManyHeld(wish))) await this.#giveWaiting(wish, given);
      if (!isEnough(wish, given)) await this.#giveLost(wish, given);
    } catch (error) {
      if (given.length === 0) throw error;
    }
    return given;
  }

  /** In how many milliseconds something of the organization is due, as far as can be told; null: nothing is. @throws {ReadModelUnavailable} */
  async nextMs({ organizationId, lanes }: Pick<Wish, 'organizationId' | 'lanes'>): Promise<number | null> {
    const { readModel, log, clock } = this.#parts;
    let next = this.#lostOf(organizationId).nextMs();
    for (const lane of lanes) {
      const after = this.#passed.get(`${organizationId} ${lane}`) ?? null;
      const [first] = await readModel.work.due({ log, lane }, organizationId, FOR_EVER, after, 1);
      if (first !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, Date.parse(first.dueAt) - clock.now());
    }
    return next;
  }

  async #areManyHeld({ organizationId }: Wish): Promise<boolean> {
    const { readModel, log } = this.#parts;
    const held = await readModel.work.due({ log, lane: 'running' }, organizationId, FOR_EVER, null, MOST_HELD);
    return held.length === MOST_HELD;
  }

  async #giveWaiting(wish: Wish, given: Given[]): Promise<void> {
    const lines = wish.lanes.map((lane) => ({
      lane,
      after: this.#passed.get(`${wish.organizationId} ${lane}`) ?? null,
      /** Nothing of the lane was performed here so far. */
      isPassing: true,
      isOver: false,
    }));
    while (!isEnough(wish, given) && lines.some(({ isOver }) => !isOver)) {
      const found: { queued: Queued; line: (typeof lines)[number] }[] = [];
      for (const line of lines.filter(({ isOver }) => !isOver)) {
        const page = await this.#due(wish.organizationId, line.lane, line.after);
        line.isOver = page.length < PAGE;
        line.after = page.at(-1) ?? line.after;
        found.push(...page.map((queued) => ({ queued, line })));
      }
      found.sort((one, other) => (one.queued.dueAt < other.queued.dueAt ? -1 : 1));
      for (const { queued, line } of found) {
        if (isEnough(wish, given)) return;
        const outcome = await this.#claim(wish, queued.id, null, given);
        line.isPassing &&= outcome === 'import_not_performed';
        if (line.isPassing) this.#passed.set(`${wish.organizationId} ${line.lane}`, queued);
      }
    }
  }

  #due(organizationId: string, lane: OutsideLane, after: QueuePlace | null): Promise<Queued[]> {
    const { readModel, log, clock } = this.#parts;
    return readModel.work.due({ log, lane }, organizationId, timeText(clock.now()), after, PAGE);
  }

  async #giveLost(wish: Wish, given: Given[]): Promise<void> {
    const lost = this.#lostOf(wish.organizationId);
    for (const { importId, revision } of await lost.look()) {
      if (isEnough(wish, given)) return;
      if ((await this.#claim(wish, importId, revision, given)) !== 'unfit') lost.forget(importId);
    }
  }

  /** @returns `given`, or why it is not, as far as there is a word for it; `unfit`: the worker does not want it, or its view is late */
  async #claim(
    wish: Wish,
    importId: string,
    lostClaim: number | null,
    given: Given[],
  ): Promise<'given' | 'unfit' | RefusalCode | null> {
    const { readModel, claims } = this.#parts;
    const { organizationId, worker, seconds, lanes, actor } = wish;
    const view = (await readModel.get('import', importId, organizationId))?.view;
    if (view === undefined || !lanes.some((lane) => lane === view.source)) return 'unfit';
    let refusal: RefusalCode | null = null;
    const onRefused = (code: RefusalCode) => {
      refusal = code;
    };
    const claim = await claims.claim(importId, { worker, seconds, lostClaim, actor, onRefused }).catch((error) => {
      // The scrub, `verify` or the follower tells of it. It must not keep the others from the workers.
      if (isOfOneImport(error)) return null;
      throw error;
    });
    if (claim === null) return refusal;
    given.push({ claim, view });
    return 'given';
  }

  #lostOf(organizationId: string): LostClaims {
    const known = this.#lost.get(organizationId) ?? new LostClaims(organizationId, this.#parts);
    this.#lost.set(organizationId, known);
    return known;
  }
}

function isEnough({ most }: Wish, given: readonly Given[]): boolean {
  return given.length >= most || given.reduce((sum, { view }) => sum + view.params.length, 0) >= ENOUGH_CHARACTERS;
}
