import { type Clock, timeText } from '../clock.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { Candidate } from './queue.ts';
import type { Credentials } from './sealed/credentials.ts';

export interface OwnSealedParts {
  readonly credentials: Pick<Credentials, 'ownImports'>;
  readonly readModel: Pick<ReadModelReader, 'getMany'>;
  /** The id of the log. */
  readonly log: string;
  readonly clock: Pick<Clock, 'now'>;
}

const PAGE = 200;

/** So much is looked at in one go; the next one goes on there. */
const PAGES = 5;

/** The imports whose sealed credentials this node has, where each node has a store of its own: only this one can perform them. */
export class OwnSealed {
  readonly #parts: OwnSealedParts;
  #after: string | null = null;

  constructor(parts: OwnSealedParts) {
    this.#parts = parts;
  }

  /** Those that are due, a part of them at a time. @throws {ReadModelUnavailable | SealedUnavailable} */
  async due(): Promise<Candidate[]> {
    const { credentials } = this.#parts;
    const found: Candidate[] = [];
    for (let page = 0; page < PAGES; page += 1) {
      const ids = await credentials.ownImports(this.#after, PAGE);
      found.push(...(await this.#dueOf(ids)));
      this.#after = ids.length < PAGE ? null : (ids.at(-1) ?? null);
      if (this.#after === null) break;
    }
    return found;
  }

  async #dueOf(ids: readonly string[]): Promise<Candidate[]> {
    const { readModel, log, clock } = this.#parts;
    const now = timeText(clock.now());
    const found: Candidate[] = [];
    for (const stored of (await readModel.getMany('import', ids)).values()) {
      if ('unreadable' in stored) continue;
      const { id: importId, organization_id: organizationId, lane, log: of, due_at } = stored.view;
      if (lane !== 'sealed' || of !== log || due_at === null || due_at > now) continue;
      found.push({ importId, organizationId, lane, lostClaim: null, place: null });
    }
    return found;
  }
}
