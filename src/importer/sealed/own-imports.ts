import type { ReadModelReader } from '../../projections/read-model.ts';
import { type Clock, timeText } from '../../time/clock.ts';
import type { Candidate } from '../queue.ts';
import type { Credentials } from './credentials.ts';

export interface OwnImportsParts {
  readonly credentials: Pick<Credentials, 'ownImports' | 'areThere'>;
  readonly readModel: Pick<ReadModelReader, 'get' | 'getMany'>;
  /** The id of the log. */
  readonly log: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** So many are looked at in one go. */
const LOOKED_AT = 200;

/** The imports whose sealed credentials are on this node alone: where nodes do not share them, no other node can perform these. */
export class OwnImports {
  readonly #parts: OwnImportsParts;
  /** It goes through all of them, and then begins anew (null). */
  #after: string | null = null;

  constructor(parts: OwnImportsParts) {
    this.#parts = parts;
  }

  /** Some of those that may be tried now. @throws {ReadModelUnavailable | SealedUnavailable} */
  async due(): Promise<Candidate[]> {
    const { credentials, readModel, log, clock } = this.#parts;
    const ids = await credentials.ownImports(this.#after, LOOKED_AT);
    this.#after = ids.length < LOOKED_AT ? null : (ids.at(-1) as string);
    const now = timeText(clock.now());
    const views = await readModel.getMany('import', ids);
    return [...views.values()].flatMap((stored): Candidate[] => {
      if (!('view' in stored)) return [];
      const { id, organization_id, lane, due_at, log: askedIn } = stored.view;
      if (lane !== 'sealed' || askedIn !== log || due_at === null || due_at > now) return [];
      return [{ importId: id, organizationId: organization_id, lane, lostClaim: null, place: null }];
    });
  }

  /**
   * Whether this node can perform an import that another one has not come to an end of. After its time is over, any node can: it fails.
   * @throws {ReadModelUnavailable | SealedUnavailable}
   */
  async canPerform(importId: string): Promise<boolean> {
    const { credentials, readModel, clock } = this.#parts;
    const view = (await readModel.get('import', importId))?.view;
    const isSealed = view?.source === 'sealed' && (view.expires_at ?? '') > timeText(clock.now());
    return !isSealed || credentials.areThere(importId);
  }
}
