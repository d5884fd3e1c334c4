import { z } from 'zod';
import type { DomainEvent, EventData, EventType } from '../events/event-types.ts';

/** A public event: what subscribers see of an internal one. It has a version of its own, which its schema names. */
export interface PublicEvent<T extends EventType = EventType> {
  /** Its type, without the prefix that is a setting. */
  readonly name: string;
  /** A change that a subscriber could notice, other than a new member of the data, gives the next version. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The schema of its data, with an example. */
  readonly data: z.ZodType;
  /** Whether operators alone see the event, though it belongs to an organization; nobody else, unless set. */
  isForOperators?(data: EventData[T]): boolean;
  /** Its data. No internal metadata and no credential may be in it. */
  dataOf(event: DomainEvent<T>, id: string): { readonly album_id: string | null; readonly [name: string]: unknown };
}

const organization_id = z.uuid().meta({ description: 'The organization that it belongs to.' });
const textOrNull = (description: string) => z.string().nullable().meta({ description });

const EXAMPLE_IMPORT = {
  id: '3d172b54-f40f-4df9-9342-0b042fac5382',
  organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
  import_type: 'salesforce',
  album_id: '5005800000HEXCtAAP',
  params: {
    album_id: '5005800000HEXCtAAP',
    filename: 'Image456.jpg',
    import_type: 'salesforce',
    controller: 'api/v1/imports',
    action: 'create',
  },
};

const EXAMPLE_WEBHOOK = {
  id: '0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b',
  organization_id: EXAMPLE_IMPORT.organization_id,
  album_id: null,
  reason: 'gone',
  detail: 'The receiver answered 410.',
};

/**
 * What subscribers see of each internal event: the one mapping. An event type that is neither mapped nor private does not compile. The
 * schemas behind `dataschema`, `/asyncapi.json` and the catalogue in the docs follow from it.
 */
export const PUBLIC_EVENTS: { readonly [T in EventType]: PublicEvent<T> | 'private' } = {
  ImportRequested: {
    name: 'import.requested',
    version: 1,
    title: 'An import was requested',
    description: 'Somebody asked for an image to be imported, and the request is recorded. The image is not there yet.',
    data: z
      .object({
        id: z.uuid().meta({ description: 'The id of the import.' }),
        organization_id,
        import_type: textOrNull('Where the image comes from, as sent; null if it was not sent.'),
        album_id: textOrNull('The album, as sent; null if it was not sent.'),
        params: z.record(z.string(), z.unknown()).meta({
          description:
            'Every parameter that was sent, as the API echoes it: `[FILTERED]` in place of credentials; then `controller` and `action`.',
        }),
      })
      .meta({ examples: [EXAMPLE_IMPORT] }),
    dataOf({ data: { organization_id, import_type, album_id, params } }, id) {
      return { id, organization_id, import_type, album_id, params };
    },
  },
  WebhookDisabled: {
    name: 'webhook.disabled',
    version: 1,
    title: 'A webhook was disabled',
    description: 'An endpoint gets nothing any more, and what was pending there has ended. It can be enabled again.',
    data: z
      .object({
        id: z.uuid().meta({ description: 'The id of the webhook.' }),
        organization_id,
        album_id: textOrNull('The album whose events it got; null: those of all albums.'),
        reason: z.enum(['gone', 'failing', 'rights_ended', 'asked']).meta({
          description:
            '`gone`: it answered 410. `failing`: nothing but failures for five days. `rights_ended`: whoever made it may no longer see the ' +
            'events. `asked`: somebody disabled it.',
        }),
        detail: textOrNull('What happened last, in words.'),
      })
      .meta({ examples: [EXAMPLE_WEBHOOK] }),
    // To others there is no such endpoint.
    isForOperators: ({ sees }) => sees === 'everything',
    dataOf({ data: { album_id, reason, detail }, metadata }, id) {
      return { id, organization_id: metadata.organization_id, album_id, reason, detail };
    },
  },
  ImportStarted: 'private',
  ImportRetryScheduled: 'private',
  ImportSucceeded: 'private',
  ImportFailed: 'private',
  ImportCancelled: 'private',
  ImportRetryRequested: 'private',
  ConnectionAdded: 'private',
  ConnectionRemoved: 'private',
  ConnectionPaused: 'private',
  ConnectionResumed: 'private',
  ImporterMarked: 'private',
  UserRegistered: 'private',
  UserRemoved: 'private',
  SecretIssued: 'private',
  SecretRevoked: 'private',
  ReplayStarted: 'private',
  ReplayCompleted: 'private',
  ReplayDiscarded: 'private',
  ViewsRepaired: 'private',
  QuarantineRetried: 'private',
  WebhookRegistered: 'private',
  WebhookChanged: 'private',
  WebhookSecretRotated: 'private',
  WebhookEnabled: 'private',
  WebhookRecoveryRequested: 'private',
  WebhookDeleted: 'private',
  WebhookWatermarkMoved: 'private',
};

/** The public events in the order of the mapping. */
export const ALL_PUBLIC_EVENTS: readonly PublicEvent[] = Object.values(PUBLIC_EVENTS).filter(
  (mapped): mapped is PublicEvent => mapped !== 'private',
);

/** What subscribers see of events of an internal type; null: nothing. */
export function publicEventOf(type: string): PublicEvent | null {
  const mapped = Object.hasOwn(PUBLIC_EVENTS, type) ? PUBLIC_EVENTS[type as EventType] : 'private';
  return mapped === 'private' ? null : (mapped as PublicEvent);
}
