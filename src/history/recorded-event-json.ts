import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { asJsonObject } from './json-text.ts';

/**
 * The members of a JSON object with everything in the log about an event.
 * @param problem why this version cannot read or project it; null if it can
 * @param timeText formats a time, which is recorded in UTC
 */
export function recordedEventMembers(
  event: RecordedEvent,
  problem: string | null,
  timeText: (recorded: string | null) => string | null = (recorded) => recorded,
): { [name: string]: string } {
  const details = detailsOf(event);
  const { occurredAt, organizationId, userId, secretId, operator, requestId, callerRequestId } = details;
  return {
    position: JSON.stringify(String(event.position)),
    stream: JSON.stringify(event.stream),
    revision: String(event.revision),
    id: JSON.stringify(event.id),
    type: JSON.stringify(event.type),
    occurred_at: JSON.stringify(timeText(occurredAt)),
    organization_id: JSON.stringify(organizationId),
    user_id: JSON.stringify(userId),
    secret_id: JSON.stringify(secretId),
    operator: JSON.stringify(operator),
    request_id: JSON.stringify(requestId),
    caller_request_id: JSON.stringify(callerRequestId),
    correlation_id: JSON.stringify(details.correlationId),
    causation_id: JSON.stringify(details.causationId),
    data: asJsonObject(event.data),
    metadata: asJsonObject(event.metadata),
    problem: JSON.stringify(problem),
  };
}
