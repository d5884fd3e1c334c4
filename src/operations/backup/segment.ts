import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A part of the events, in the order of the log: lines as `export` writes them, and a last line that closes it. */

/** A segment is closed when it has so many bytes. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

/** No segment has more: it is closed after the line with which it grew so long. */
export const MOST_SEGMENT_BYTES = SEGMENT_BYTES + 34 * 1024 * 1024;

/** No other object has more: connections have some hundred bytes each in `sealed.ndjson`. */
export const MOST_OBJECT_BYTES = 256 * 1024 * 1024;

const position = z.string().regex(/^\d{1,20}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  segment: z.strictObject({
    /** From 1. */
    number: z.int().min(1),
    /** The position of the last event before it. */
    after: position,
    /** The position of its last event. */
    up_to: position,
    events: z.int().min(1),
    /** Of all lines before this one. */
    sha256,
    /** That of the segment before; null for the first. */
    before: sha256.nullable(),
  }),
});

/** The last line of a closed segment. */
export type Closing = z.infer<typeof schema>['segment'];

/** The beginning of such a line. */
export const CLOSING_START = '{"segment":';

/** The last line of a segment that is whole. */
export function closingLine(segment: Closing): string {
  return `${JSON.stringify({ segment })}\n`;
}

/** @throws {Error} it is no such line */
export function closingIn(line: string): Closing {
  return schema.parse(JSON.parse(line)).segment;
}

/** The name of a segment that begins with the event at a position: names are in the order of the log. */
export function segmentName(first: bigint): string {
  return String(first).padStart(20, '0');
}

/** Where a segment is below the place. */
export function segmentFile(name: string): string {
  return `events/${name}.ndjson`;
}

/** The name of the segment in a file of `events`; null: it is none. */
export function segmentIn(file: string): string | null {
  return /^(\d{20})\.ndjson$/.exec(file)?.[1] ?? null;
}

/** In hex. */
export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
