import { type Naming, schemaUrl } from './cloud-event.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { onceFor } from './once-for.ts';
import type { PublicEvent } from './public-event.ts';
import { ALL_PUBLIC_EVENTS } from './public-events.ts';

/** The schema of a public event's data, with its URL and its title. */
function dataSchema(naming: Naming, mapping: PublicEvent): JsonSchema {
  const { $schema, ...schema } = jsonSchemaOf(mapping.data, 'draft-2020-12');
  const { title, description } = mapping;
  return { $schema, $id: schemaUrl(naming, mapping), title, description, ...schema };
}

/** The JSON Schemas behind each `dataschema`, as text, by their URLs. */
export const servedSchemas = onceFor(
  (naming) =>
    new Map(
      ALL_PUBLIC_EVENTS.map((mapping) => [schemaUrl(naming, mapping), JSON.stringify(dataSchema(naming, mapping))]),
    ),
);
