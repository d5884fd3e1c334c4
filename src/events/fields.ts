import { z } from 'zod';

/** Fields that events of several kinds have. */

export const count = z.int().min(0);

/** UTC, ISO 8601 with milliseconds. */
export const time = z.iso.datetime({ precision: 3 });

/** A position of the log, as text: a double may not hold it. */
export const position = z.string().regex(/^\d+$/);
