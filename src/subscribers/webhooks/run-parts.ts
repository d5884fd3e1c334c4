import type { Clock } from '../../time/clock.ts';
import type { Feed } from '../feed/feed.ts';
import type { BodiesParts } from './bodies.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndReason } from './outcome.ts';
import type { Sender } from './sender.ts';

/** What the run of an endpoint works with. */
export interface RunParts extends BodiesParts {
  readonly feed: Pick<Feed, 'read'>;
  readonly store: DeliveryStore;
  readonly service: string;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /**
   * Makes a body and begins to send it when it is the turn of the endpoint's organization: a megabyte holds the event loop for milliseconds,
   * and thousands may be due at once.
   */
  readonly inTurn: <T>(organizationId: string, work: () => Promise<T>) => Promise<T>;
  /** Whether this node may send: its leases are live. */
  readonly maySend: () => boolean;
  /** Why the maker's rights have ended; null: they have not. */
  readonly endedRights: (endpoint: Endpoint) => Promise<string | null>;
  /** Is called when a store is away: often. */
  readonly onTrouble: (error: unknown) => void;
  readonly onAttempt: (outcome: 'delivered' | 'failed' | 'given_up') => void;
  /** The endpoint must be disabled. Nothing is sent any more. */
  readonly onEnd: (reason: EndReason, detail: string) => void;
  /** The place before which all was acknowledged or given up may have moved. */
  readonly onMoved: (how: 'finished' | 'passed') => void;
}
