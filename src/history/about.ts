import { detailsOf } from '../events/event-details.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';

/** To whom something was done, or in which organization. */
export interface About {
  readonly kind: 'user' | 'secret' | 'organization';
  readonly id: string;
}

/** More bearers than that are looked up again. */
const MOST_BEARERS = 1_000;

/** Whether an event was done to a user or a secret, or in an organization. A minted token is done to its bearer, and in the organization of that. */
export function isOf({ kind, id }: About, log: EventLog): (event: RecordedEvent) => boolean | Promise<boolean> {
  if (kind !== 'organization') {
    const stream = streamName(kind, id);
    return (event) => event.stream === stream || bearerOf(event) === stream;
  }
  /** The position from which on a bearer is the organization's; null: it is not. */
  const bearers = new Map<string, bigint | null>();
  const since = async (bearer: string) => {
    const known = bearers.get(bearer);
    if (known !== undefined) return known;
    const first = (await log.readStream(bearer)).find((event) => detailsOf(event).organizationId === id);
    if (bearers.size === MOST_BEARERS) bearers.clear();
    bearers.set(bearer, first?.position ?? null);
    return first?.position ?? null;
  };
  const isBefore = async (bearer: string, { position }: RecordedEvent) => {
    const first = await since(bearer);
    return first !== null && first < position;
  };
  return (event) => {
    const bearer = bearerOf(event);
    return bearer === null ? detailsOf(event).organizationId === id : isBefore(bearer, event);
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
