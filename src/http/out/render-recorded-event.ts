import { detailsOf } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { asJsonObject, jsonObject } from '../../history/json-text.ts';
import { whyUnreadable } from '../../history/timeline.ts';
import { type InZone, timeIn } from './zone-clock.ts';

/** An event of any stream as a JSON object, with all that the log has of it. */
export function renderRecordedEvent(event: RecordedEvent, inZone: InZone): string {
  const details = detailsOf(event);
  return jsonObject({
    position: JSON.stringify(String(event.position)),
    stream: JSON.stringify(event.stream),
    revision: String(event.revision),
    id: JSON.stringify(event.id),
    type: JSON.stringify(event.type),
    occurred_at: JSON.stringify(timeIn(inZone, details.occurredAt)),
    organization_id: JSON.stringify(details.organizationId),
    user_id: JSON.stringify(details.userId),
    secret_id: JSON.stringify(details.secretId),
    operator: JSON.stringify(details.operator),
    request_id: JSON.stringify(details.requestId),
    correlation_id: JSON.stringify(details.correlationId),
    causation_id: JSON.stringify(details.causationId),
    data: asJsonObject(event.data),
    metadata: asJsonObject(event.metadata),
    problem: JSON.stringify(whyUnreadable(event)),
  });
}
