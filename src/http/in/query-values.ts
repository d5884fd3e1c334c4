import { z } from 'zod';

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 500;

/** A parameter of a query string, with what the description tells of it. */
export function parameter<Schema extends z.ZodType>(schema: Schema, description: string, example?: string): Schema {
  return schema.meta({ param: { description, ...(example !== undefined && { example }) } });
}

/** Of a text, what `parse` makes of it. Where that is null, the parameter is refused. */
export function parsed<T>(parse: (text: string) => T | null, message: string) {
  return z.string().transform((input, { addIssue }) => {
    const value = parse(input);
    if (value !== null) return value;
    addIssue({ code: 'custom', message, input });
    return z.NEVER;
  });
}

/** A plus sign that was not escaped has become a space; no time has one. */
export function withPlus(text: string): string {
  return text.replace(' ', '+');
}

/** How many a page has at most. */
export const limit = parameter(
  z
    .preprocess(
      (text) => (typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN),
      z
        .int({ error: `takes a whole number from 1 to ${HIGHEST_LIMIT}.` })
        .min(1)
        .max(HIGHEST_LIMIT),
    )
    .default(DEFAULT_LIMIT)
    .meta({ override: { default: DEFAULT_LIMIT } }),
  'How many a page has at most.',
);

export const NOT_OUR_CURSOR = 'is not one of ours: follow the Link header as it is, or leave it out.';

/** Where the page begins. */
export function cursor<T>(parse: (text: string) => T | null) {
  return parameter(
    parsed(parse, NOT_OUR_CURSOR).optional(),
    'Where the page begins. Follow the `Link` header as it is: it has the cursor.',
  );
}
