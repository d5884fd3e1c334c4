import type { Checkpoint } from './projector-store.ts';

/** The versions of the views in a store, of any release. */
export interface Versions {
  list(): Promise<Version[]>;

  /**
   * Removes a version, which needs no room. The caller must not remove this release's version, or one that a node uses.
   * @throws {ReadModelUnavailable}
   */
  remove(name: string): Promise<void>;

  /** Opens a numbered version to compare its stored views. @throws {ReadModelUnavailable} */
  open(name: string): Promise<VersionReader>;

  close(): Promise<void>;

  /** How many bytes can still be written to the store; null if it does not say. */
  roomBytes(): Promise<number | null>;
}

export interface Version {
  /** Its number, or `unnumbered` for views of releases before 0.2. */
  readonly name: string;
  /** Null if the store does not say. */
  readonly bytes: number | null;
  /** Null: nothing was projected into it yet, or it cannot be read. */
  readonly checkpoint: Checkpoint | null;
  /** When a node last used it: UTC, ISO 8601; null if none did. */
  readonly usedAt: string | null;
}

export const UNNUMBERED = 'unnumbered';

/** A stored view: each field's text; null if the field is null. */
export interface StoredFields {
  readonly id: string;
  readonly revision: number;
  readonly fields: ReadonlyMap<string, string | null>;
}

/** Reads a version whose views may have other fields than those of this release. */
export interface VersionReader {
  checkpoint(): Promise<Checkpoint | null>;

  /** The first `limit` views of a table or collection after `after`, ascending by id (by its bytes in UTF-8); none if there is no such table. */
  page(table: string, after: string | null, limit: number): Promise<StoredFields[]>;

  getMany(table: string, ids: readonly string[]): Promise<Map<string, StoredFields>>;

  close(): Promise<void>;
}
