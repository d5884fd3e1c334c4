import { Keys } from '../tokens/keys.ts';
import { type Envelope, fullType, type Naming, schemaUrl } from './cloud-event.ts';
import { Cursors } from './cursor.ts';
import { jsonSchemaOf } from './json-schema.ts';
import type { PublicEvent } from './public-event.ts';

const EXAMPLE_KEY = 'the key of examples, which is of no service';
const LOG = '6f0d7a52-9f4e-4c27-9d0b-0c9f3f1d2a6e';

/** A public event as subscribers get it, for descriptions. */
export function exampleEvent(naming: Naming, mapping: PublicEvent): Envelope & { readonly cursor: string } {
  const [data] = jsonSchemaOf(mapping.data, 'draft-2020-12').examples as [{ id: string; organization_id: string }];
  const event = { id: '0196b0a4-5a6f-7c1e-9a55-3c1d5e7f9b21', stream: `import-${data.id}`, revision: 0 };
  return {
    specversion: '1.0',
    id: event.id,
    source: naming.origin,
    type: fullType(naming, mapping.name),
    subject: data.id,
    time: '2019-04-08T17:38:58.041Z',
    datacontenttype: 'application/json',
    dataschema: schemaUrl(naming, mapping),
    sequence: String(event.revision),
    correlationid: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
    cursor: new Cursors(new Keys(EXAMPLE_KEY)).textOf({ log: LOG, position: 17n, event }, data.organization_id),
    data,
  };
}
