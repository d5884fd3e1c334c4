import type { Execute } from '../commands/execute.ts';
import type { EventLog } from '../events/event-log.ts';
import type { BlobStore } from '../importer/blobs/blob-store.ts';
import type { Drafts } from '../importer/blobs/draft.ts';
import type { BringParts } from '../importer/brought.ts';
import type { Claims } from '../importer/claims.ts';
import type { Connections } from '../importer/connections.ts';
import type { Keeping } from '../importer/keeping.ts';
import type { OutsideWork } from '../importer/outside-work.ts';
import type { Credentials } from '../importer/sealed/credentials.ts';
import type { Budgets } from '../importer/sources/salesforce/budgets.ts';
import type { Standing } from '../importer/standing.ts';
import type { Health } from '../operations/health/health.ts';
import type { ImportsStanding } from '../operations/health/imports-standing.ts';
import type { LastLooks } from '../operations/health/last-looks.ts';
import type { Follower } from '../projections/follower.ts';
import type { ReadModel } from '../projections/read-model.ts';
import type { Versions } from '../projections/versions.ts';
import type { redactor } from '../redaction/redact.ts';
import type { Naming } from '../subscribers/cloud-event.ts';
import type { Cursors } from '../subscribers/cursor.ts';
import type { SharedFeed } from '../subscribers/feed/shared-feed.ts';
import type { TimeMarks } from '../subscribers/feed/time-marks.ts';
import type { Signer } from '../subscribers/webhooks/signing/signer.ts';
import type { Webhooks } from '../subscribers/webhooks/webhooks.ts';
import type { LastOutcome } from '../time/last-outcome.ts';
import type { Changes } from './changes.ts';
import type { Authenticator } from './in/authenticate.ts';
import type { OwnOrigin } from './in/own-origin.ts';
import type { Limits } from './limits/limits.ts';
import type { OpenStreams } from './limits/open-streams.ts';
import type { Metrics } from './metrics.ts';
import type { Pieces } from './out/event-stream.ts';
import type { InZone } from './out/zone-clock.ts';

/** What the routes need; the composition root makes it. */
export interface Services {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly execute: Execute;
  /** The versions of the views, including those of other releases. */
  readonly versions: Versions;
  /** Whether imports can be listed. */
  readonly lists: LastOutcome;
  readonly follower: Pick<Follower, 'status' | 'whenLevel'>;
  readonly health: () => Promise<Health>;
  /** What the last looks at everything have found. */
  readonly looks: () => Promise<LastLooks>;
  /** How imports wait and run, of all nodes. One look at a time. @throws {LogUnavailable | ReadModelUnavailable} */
  readonly importsStanding: () => Promise<ImportsStanding>;
  /** Imports that were asked for before are not performed by themselves (UTC, ISO 8601); null: there is no mark, or it is not known yet. */
  readonly performedSince: () => string | null;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly ownOrigin: OwnOrigin;
  /** How public events are named. */
  readonly naming: Naming;
  readonly cursors: Cursors;
  readonly feed: SharedFeed;
  readonly timeMarks: TimeMarks;
  /** The text of live streams. */
  readonly pieces: Pieces;
  readonly streams: OpenStreams;
  readonly inZone: InZone;
  readonly redact: ReturnType<typeof redactor>;
  /** The credentials of imports that have not ended. */
  readonly sealed: Credentials;
  readonly webhooks: Webhooks;
  readonly signer: Signer;
  /** For those that wait for events of single streams. */
  readonly changes: Changes;
  /** What the importer of this node is at. */
  readonly importer: Standing;
  /** Whether the Salesforce of an organization may be asked. */
  readonly connections: Pick<Connections, 'standing'>;
  /** How much of the API of each organization's Salesforce is used up, as far as this node knows. */
  readonly budgets: Pick<Budgets, 'all'>;
  /** The bytes of images; null: this node has no store for them. */
  readonly blobs: BlobStore | null;
  readonly drafts: Drafts;
  /** Whether the bytes of images could last be kept here. */
  readonly keeping: Keeping;
  readonly look: BringParts['look'];
  readonly claims: Claims;
  readonly outsideWork: OutsideWork;
}
