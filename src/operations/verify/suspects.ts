import { setTimeout as sleep } from 'node:timers/promises';
import { examine, firstQuarantined } from './examine.ts';
import type { Finding } from './finding.ts';
import type { Stores } from './stores.ts';

/** So many are looked at again together. */
const TOGETHER = 1_000;

/** Follower and nodes have so long to be done with what they were just at. */
const PATIENCE_MS = 1_000;

/** Streams that did not agree at a first look. Both stores are in use meanwhile: only what does not agree later either is a finding. */
export class Suspects {
  readonly #stores: Stores;
  readonly #streams = new Set<string>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  add(stream: string): void {
    this.#streams.add(stream);
  }

  get areMany(): boolean {
    return this.#streams.size >= TOGETHER;
  }

  /** What still does not agree a second later, in the quarantine or not; those that were looked at are suspects no more. */
  async confirm(): Promise<Finding[]> {
    const streams = [...this.#streams];
    this.#streams.clear();
    if (streams.length === 0) return [];
    await sleep(PATIENCE_MS);
    return examine(this.#stores, streams, await firstQuarantined(this.#stores, new Set(streams)));
  }
}
