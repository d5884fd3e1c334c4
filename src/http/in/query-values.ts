import { z } from 'zod';

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 500;

/** A parameter of a query string with its description. */
export function parameter<Schema extends z.ZodType>(schema: Schema, description: string, example?: string): Schema {
  return schema.meta({ param: { description, ...(example !== undefined && { example }) } });
}

/** A schema of texts that `parse` turns into a value. If that is null, the parameter is refused. */
export function parsed<T>(parse: (text: string) => T | null, message: string) {
  return z.string().transform((input, { addIssue }) => {
    const value = parse(input);
    if (value !== null) return value;
    addIssue({ code: 'custom', message, input });
    return z.NEVER;
  });
}

/** The text of a time with its plus sign, which becomes a space if it is not escaped. */
export function withPlus(text: string): string {
  return text.replace(' ', '+');
}

/** The most items of a page, and the most that may be asked for. */
export function limitUpTo(highest: number) {
  return parameter(
    z
      .preprocess(
        (text) => (typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN),
        z
          .int({ error: `takes a whole number from 1 to ${highest}.` })
          .min(1)
          .max(highest),
      )
      .default(DEFAULT_LIMIT)
      .meta({ override: { default: DEFAULT_LIMIT } }),
    'The most items of a page.',
  );
}

export const limit = limitUpTo(HIGHEST_LIMIT);

export const NOT_OUR_CURSOR = 'is not one of ours: follow the Link header as it is, or leave it out.';

/** The place where the page begins. */
export function cursor<T>(parse: (text: string) => T | null) {
  return parameter(
    parsed(parse, NOT_OUR_CURSOR).optional(),
    'Where the page begins. Follow the `Link` header as it is: it has the cursor.',
  );
}

/** A time in UTC, to the millisecond. */
export function time(roundUpMs = 0) {
  const error = 'takes a time with its zone, such as 2019-04-08T19:38:58.041+02:00 or 2019-04-08T17:38:58Z.';
  return z.preprocess(
    (text) => (typeof text === 'string' ? withPlus(text) : text),
    z.iso.datetime({ offset: true, error }).transform((text, { addIssue }) => {
      const isBetween = /\.\d{3}0*[1-9]/.test(text);
      const utc = new Date(Date.parse(text) + (isBetween ? roundUpMs : 0)).toISOString();
      // Outside of the years 0 to 9999 the text has another length and does not sort.
      if (utc.length === '2019-04-08T17:38:58.041Z'.length) return utc;
      addIssue({ code: 'custom', message: 'must lie in the years 0 to 9999, in UTC.', input: text });
      return z.NEVER;
    }),
  );
}
