import type { EventDetails } from '../../events/event-details.ts';
import { asJsonObject, jsonObject } from '../../history/json-text.ts';
import type { TimelineEntry } from '../../history/timeline.ts';
import type { FieldChange } from '../../history/view-changes.ts';
import type { Caller } from '../in/authenticate.ts';
import { type InZone, timeIn } from './zone-clock.ts';

/** Fields of an import that are times; the rest of the API tells them in the service's zone. */
const TIMES = ['created_at', 'updated_at'];

/**
 * An event of an import as a JSON object, member by member, for a caller: who is behind it is told to themselves and to operators alone.
 */
export function* renderTimelineEntry(
  { event, details, changes, problem }: TimelineEntry,
  caller: Caller,
  inZone: InZone,
): Generator<string> {
  const isTold = caller.isOperator || isBy(caller, details);
  const told = (text: string | null) => JSON.stringify(isTold ? text : null);
  const members = {
    id: JSON.stringify(event.id),
    type: JSON.stringify(event.type),
    revision: String(event.revision),
    // Positions count what happens in other organizations too.
    position: JSON.stringify(caller.isOperator ? String(event.position) : null),
    occurred_at: JSON.stringify(timeIn(inZone, details.occurredAt)),
    organization_id: JSON.stringify(details.organizationId),
    user_id: told(details.userId),
    secret_id: told(details.secretId),
    operator: told(details.operator),
    request_id: told(details.requestId),
    correlation_id: told(details.correlationId),
    causation_id: told(details.causationId),
    // What this version cannot read may name persons in ways that it does not know.
    data: problem === null || isTold ? asJsonObject(event.data) : 'null',
    changes: `[${changes.map((change) => renderChange(change, inZone)).join(',')}]`,
    problem: JSON.stringify(problem),
  };
  let before = '{';
  for (const [name, json] of Object.entries(members)) {
    yield `${before}"${name}":${json}`;
    before = ',';
  }
  yield '}';
}

/** Whether the caller brought it about, and nobody else is named. */
function isBy({ identity }: Caller, { userId, secretId, operator }: EventDetails): boolean {
  const { user_id = null, secret_id = null } = identity;
  return userId === user_id && secretId === secret_id && operator === null;
}

function renderChange({ field, before, after }: FieldChange, inZone: InZone): string {
  const shown = (json: string | null) => {
    if (json === null) return 'null';
    return TIMES.includes(field) ? JSON.stringify(timeIn(inZone, JSON.parse(json))) : json;
  };
  return jsonObject({ field: JSON.stringify(field), before: shown(before), after: shown(after) });
}
