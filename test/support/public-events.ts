import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import type { EventMetadata } from '../../src/events/metadata.ts';
import { envelopeText, type Published, published } from '../../src/subscribers/cloud-event.ts';
import { Cursors } from '../../src/subscribers/cursor.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { goldenLog } from '../golden/golden-log.ts';
import { METADATA } from './events.ts';

/** Events as subscribers get them. */

export const NAMING = { typePrefix: 'com.example.imports', origin: 'https://imports.example.com/base' };

const cursors = new Cursors(new Keys('7'.repeat(32)));

/** A recorded import. @param data JSON text of the parameters */
export function importRequested(params: string, metadata: Partial<EventMetadata> = {}): RecordedEvent {
  const id = randomUUID();
  return {
    id: randomUUID(),
    type: 'ImportRequested',
    stream: `import-${id}`,
    revision: 0,
    position: 100n,
    data: `{"organization_id":"${METADATA.organization_id}","import_type":null,"album_id":"x","params":${params}}`,
    metadata: JSON.stringify({ ...METADATA, ...metadata }),
  };
}

/** An endpoint that was disabled, on record. @param sees whose events it got */
export function webhookDisabled(sees: 'organization' | 'everything' = 'organization'): RecordedEvent {
  const data = { reason: 'failing', detail: '503 since Monday', album_id: null, sees };
  const stream = `webhook-${randomUUID()}`;
  return { ...importRequested('{}'), type: 'WebhookDisabled', stream, revision: 7, data: JSON.stringify(data) };
}

/** Imports with parameters that are hard to keep: as JSON text, by what is hard about them. */
export const HOSTILE: { readonly [what: string]: string } = {
  'numbers as sent': '{"n":12345678901234567890,"f":1.50,"e":1e400,"z":-0}',
  'a key __proto__': '{"__proto__":{"toString":null},"constructor":"x","":{"__proto__":[]}}',
  'ends of lines': '{"a":"\\u2028\\u2029\\r\\n\\ndata: x\\n\\n\\u0000","\\u2028":1}',
  'half a character': '{"a":"\\ud800"}',
  'members of an envelope': '{"data":1,"id":2,"cursor":3,"specversion":"0.3","data_base64":"eA=="}',
  'a megabyte': JSON.stringify({ text: 'é"\\'.repeat(200_000) }),
};

/** The public events of the golden log, one of each further type, and the hostile ones: each with its text as it is sent. */
export function sentEvents(): { readonly what: string; readonly event: Published; readonly text: string }[] {
  const hostile = Object.entries(HOSTILE).map(([what, params]) => ({ what, event: importRequested(params) }));
  const golden = goldenLog.map((event) => ({ what: `${event.type} at ${event.position}`, event }));
  const others = [{ what: 'WebhookDisabled', event: webhookDisabled() }];
  return [...golden, ...others, ...hostile].flatMap(({ what, event: recorded }) => {
    const event = published(recorded, NAMING);
    return event === null ? [] : [{ what, event, text: envelopeText(event, cursorAfter(event)) }];
  });
}

export function cursorAfter({ event: { position, ...event }, organizationId }: Published): string {
  return cursors.textOf({ log: METADATA.organization_id, position, event }, organizationId);
}
