import type { Checkpoint } from './projector-store.ts';

/** What there is of the views in a store, whichever release made it. */
export interface Versions {
  list(): Promise<Version[]>;

  /**
   * Removes a version, which needs no room. The one of this release, or one that a node works with, is the caller's to keep.
   * @throws {ReadModelUnavailable}
   */
  remove(name: string): Promise<void>;

  /** The views of a numbered version as they lie in the store, for comparing. @throws {ReadModelUnavailable} */
  open(name: string): Promise<VersionReader>;

  close(): Promise<void>;

  /** How many bytes can still be written to the store; null where it does not tell. */
  roomBytes(): Promise<number | null>;
}

export interface Version {
  /** Its number; `unnumbered`: what releases before 0.2 left. */
  readonly name: string;
  /** Null: the store does not tell. */
  readonly bytes: number | null;
  /** Null: nothing was projected into it yet, or it cannot be read. */
  readonly checkpoint: Checkpoint | null;
  /** When a node last worked with it: UTC, ISO 8601; null where none did. */
  readonly usedAt: string | null;
}

export const UNNUMBERED = 'unnumbered';

/** A view as it lies in a store: each field's text, null where there is none. */
export interface StoredFields {
  readonly id: string;
  readonly revision: number;
  readonly fields: ReadonlyMap<string, string | null>;
}

/** Reads a version whose views may have other fields than those of this release. */
export interface VersionReader {
  checkpoint(): Promise<Checkpoint | null>;

  /** The first `limit` views of a table or collection after `after`, ascending by id (by its bytes in UTF-8); none where it has no such table. */
  page(table: string, after: string | null, limit: number): Promise<StoredFields[]>;

  getMany(table: string, ids: readonly string[]): Promise<Map<string, StoredFields>>;

  close(): Promise<void>;
}
