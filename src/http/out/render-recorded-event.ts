import type { RecordedEvent } from '../../events/event-log.ts';
import { jsonObject } from '../../history/json-text.ts';
import { recordedEventMembers } from '../../history/recorded-event-json.ts';
import { whyUnreadable } from '../../history/timeline.ts';
import { type InZone, timeIn } from './zone-clock.ts';

/** An event of any stream as a JSON object, its time in the service's zone. */
export function renderRecordedEvent(event: RecordedEvent, inZone: InZone): string {
  return jsonObject(recordedEventMembers(event, whyUnreadable(event), (recorded) => timeIn(inZone, recorded)));
}
