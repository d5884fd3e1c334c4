import type { Document } from 'mongodb';

/** A document from the driver, with unknown fields. */
export type Found = Readonly<Record<string, unknown>>;

/** A document of ours. */
export interface Shaped extends Document {
  readonly _id: string;
}
