import { z } from 'zod';

/** A JSON Schema, as JSON. */
export type JsonSchema = { readonly [member: string]: unknown };

/**
 * A schema of ours as JSON Schema. Its objects are open: later releases may have more members. One that may be null has a list of types,
 * and none has a pattern beside its format.
 */
export function jsonSchemaOf(schema: z.ZodType, target: 'draft-2020-12' | 'draft-07'): JsonSchema {
  return z.toJSONSchema(schema, {
    target,
    // Of what comes out of a schema, zod says that it has no other members.
    io: 'input',
    override({ jsonSchema }) {
      const [one, none] = jsonSchema.anyOf ?? [];
      if (none?.type === 'null') {
        delete jsonSchema.anyOf;
        Object.assign(jsonSchema, one, { type: [one?.type, 'null'] });
      }
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
}
