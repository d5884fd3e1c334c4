import { z } from 'zod';
import type { EventType } from '../events/event-types.ts';
import { connectionPaused, connectionResumed } from './public-connection-events.ts';
import { EXAMPLE_ORGANIZATION, organizationId, type PublicEvent, textOrNull } from './public-event.ts';
import {
  importCancelled,
  importFailed,
  importRequested,
  importRetryRequested,
  importRetryScheduled,
  importStarted,
  importSucceeded,
} from './public-import-events.ts';

const EXAMPLE_WEBHOOK = {
  id: '0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b',
  organization_id: EXAMPLE_ORGANIZATION,
  album_id: null,
  reason: 'gone',
  detail: 'The receiver answered 410.',
};

/**
 * What subscribers see of each internal event: the one mapping. An event type that is neither mapped nor private does not compile. The
 * schemas behind `dataschema`, `/asyncapi.json` and the catalogue in the docs follow from it.
 */
export const PUBLIC_EVENTS: { readonly [T in EventType]: PublicEvent<T> | 'private' } = {
  ImportRequested: importRequested,
  ImportStarted: importStarted,
  ImportRetryScheduled: importRetryScheduled,
  ImportSucceeded: importSucceeded,
  ImportFailed: importFailed,
  ImportCancelled: importCancelled,
  ImportRetryRequested: importRetryRequested,
  ConnectionPaused: connectionPaused,
  ConnectionResumed: connectionResumed,
  WebhookDisabled: {
    name: 'webhook.disabled',
    version: 1,
    title: 'A webhook was disabled',
    description: 'An endpoint gets nothing any more, and what was pending there has ended. It can be enabled again.',
    data: z
      .object({
        id: z.uuid().meta({ description: 'The id of the webhook.' }),
        organization_id: organizationId,
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
  ConnectionAdded: 'private',
  ConnectionRemoved: 'private',
  ImporterMarked: 'private',
  QuarantineDismissed: 'private',
  KeyIntroduced: 'private',
  KeyRetired: 'private',
  SecretsResealed: 'private',
  TokenMinted: 'private',
  LogExported: 'private',
  EventsLoaded: 'private',
  LogBackedUp: 'private',
  LogRestored: 'private',
  StoreAdopted: 'private',
  UserRegistered: 'private',
  UserRemoved: 'private',
  SecretIssued: 'private',
  SecretRevoked: 'private',
  ReplayStarted: 'private',
  ReplayCompleted: 'private',
  ReplayDiscarded: 'private',
  ViewsRepaired: 'private',
  ViewsRemoved: 'private',
  QuarantineRetried: 'private',
  WebhookRegistered: 'private',
  WebhookChanged: 'private',
  WebhookSecretRotated: 'private',
  WebhookEnabled: 'private',
  WebhookRecoveryRequested: 'private',
  WebhookRedeliveryRequested: 'private',
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
