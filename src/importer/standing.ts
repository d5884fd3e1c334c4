/** How much of an image has come. */
export interface BytesSoFar {
  readonly received: number;
  /** As the source says; null: it does not say. */
  readonly expected: number | null;
}

/** What the importer of this node is at. It is there with `IMPORTER=off`, too. */
export interface Standing {
  readonly isOn: boolean;

  /** Of an import that this node is at work on; null: it is not. */
  progressOf(importId: string): BytesSoFar | null;

  /** How many attempts are under way on this node. */
  running(): number;
}
