import { readFileSync } from 'node:fs';
import type { RecordedEvent } from '../../src/events/event-log.ts';

/** Every event of every `schema_version`. */
export const goldenLog: readonly RecordedEvent[] = (
  JSON.parse(readFileSync(new URL('log.json', import.meta.url), 'utf8')) as (RecordedEvent & { position: string })[]
).map((event) => ({ ...event, position: BigInt(event.position) }));
