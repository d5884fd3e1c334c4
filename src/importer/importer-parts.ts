import type { RecordedEvent } from '../events/event-log.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { Lane } from '../projections/views/import-view.ts';
import type { Clock } from '../time/clock.ts';
import type { Claims } from './claims.ts';
import type { FolderLock } from './folder-lock.ts';
import type { Performer } from './performer.ts';
import type { Closed } from './queue.ts';
import type { OwnImports } from './sealed/own-imports.ts';

/** What the importer of a node works with. */
export interface ImporterParts {
  /** False: this node performs nothing. */
  readonly isOn: boolean;
  /** The id of the log. */
  readonly log: string;
  readonly readModel: Pick<ReadModelReader, 'work' | 'getMany'>;
  readonly claims: Pick<Claims, 'claim'>;
  readonly performer: Performer;
  readonly lock: FolderLock;
  readonly clock: Clock;
  /** The lanes from which it takes. */
  readonly lanes: readonly Lane[];
  /** Whether nothing is to be taken from a lane of an organization. @param underWay how many attempts of it are under way here */
  readonly closed: (organizationId: string, lane: Lane, underWay: number) => Closed | null;
  /** Calls the listener with each new event of the log from now on. Gives the function that ends it. */
  readonly watch: (listener: (event: RecordedEvent) => void) => () => void;
  /** Null: all nodes share the sealed credentials. */
  readonly own: OwnImports | null;
  /** Is done before anything is performed, and again if it fails. */
  readonly prepare: () => Promise<void>;
  /** Resolves once the views show all that is in the log. */
  readonly whenLevel: (signal: AbortSignal) => Promise<void>;
  /** How many attempts may be under way, and how many of them for one organization. */
  readonly concurrency: number;
  readonly perOrganization: number;
  /** How long an attempt may take. */
  readonly attemptSeconds: number;
  readonly logger: { warn(fields: object, message: string): void };
}
