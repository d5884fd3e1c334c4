import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { parseStreamName, streamName } from '../events/streams.ts';

/** To whom something was done, or in which organization. */
export interface About {
  readonly kind: 'user' | 'secret' | 'organization';
  readonly id: string;
}

/**
 * Whether an event was done to a user or a secret, or in an organization. A minted token is done to its bearer, and in the organization of
 * that.
 * @returns a function that is given the events in the order of the log, from its beginning on for an organization
 */
export function isOf({ kind, id }: About): (event: RecordedEvent) => boolean {
  if (kind !== 'organization') {
    const stream = streamName(kind, id);
    return (event) => event.stream === stream || bearerOf(event) === stream;
  }
  const bearers = new Set<string>();
  return (event) => {
    const bearer = bearerOf(event);
    if (bearer !== null) return bearers.has(bearer);
    if (detailsOf(event).organizationId !== id) return false;
    const category = parseStreamName(event.stream)?.category;
    if (category === 'user' || category === 'secret') bearers.add(event.stream);
    return true;
  };
}

/** The stream of the user or secret that a token was minted for; null: none was. */
function bearerOf({ type, data }: RecordedEvent): string | null {
  if (type !== 'TokenMinted') return null;
  try {
    const { bearer } = JSON.parse(data) as {
      readonly bearer: { readonly kind: 'user' | 'secret'; readonly id: string };
    };
    return streamName(bearer.kind, bearer.id);
  } catch {
    return null;
  }
}
