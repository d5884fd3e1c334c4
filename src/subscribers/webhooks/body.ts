import { envelopeText, fullType, type Naming, type Published } from '../cloud-event.ts';
import type { Endpoint } from './endpoint.ts';

/** The type of a ping, without the prefix. */
export const PING = 'webhook.ping';

/**
 * The body of a delivery: the CloudEvent, or, for a thin endpoint, the ids in it alone.
 * @param cursor the place after the event
 * @param watermark the place before which everything was acknowledged or given up
 */
export function bodyOf(
  published: Published,
  { isThin }: Pick<Endpoint, 'isThin'>,
  cursor: string,
  watermark: string,
): string {
  if (!isThin) return envelopeText(published, cursor, { watermark });
  const { data, dataschema, datacontenttype, ...attributes } = published.envelope;
  return JSON.stringify({ ...attributes, cursor, watermark });
}

/** The body of a ping, which is about no event. */
export function pingBody(
  id: string,
  endpointId: string,
  naming: Naming,
  times: { readonly time: string; readonly watermark: string },
): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: naming.origin,
    type: fullType(naming, PING),
    subject: endpointId,
    time: times.time,
    datacontenttype: 'application/json',
    watermark: times.watermark,
    data: { id: endpointId },
  });
}
