import { setTimeout as sleep } from 'node:timers/promises';
import type { StoresForReading } from '../../projections/stores.ts';
import { examine, firstQuarantined } from './examine.ts';
import type { Finding } from './finding.ts';

/** So many streams are compared again together. */
const TOGETHER = 1_000;

/** Follower and nodes have this time to finish their running steps. */
const PATIENCE_MS = 1_000;

/** Streams that did not agree at first. Both stores are in use: only a stream that still does not agree later is a finding. */
export class Suspects {
  readonly #stores: StoresForReading;
  readonly #streams = new Set<string>();

  constructor(stores: StoresForReading) {
    this.#stores = stores;
  }

  /** A stream that did not agree just now. */
  add(stream: string): void {
    this.#streams.add(stream);
  }

  get areMany(): boolean {
    return this.#streams.size >= TOGETHER;
  }

  /** Compares the suspects again a second later. What still does not agree, in the quarantine or not, is a finding. The list is empty then. */
  async confirm(): Promise<Finding[]> {
    const streams = [...this.#streams];
    this.#streams.clear();
    if (streams.length === 0) return [];
    await sleep(PATIENCE_MS);
    return examine(this.#stores, streams, await firstQuarantined(this.#stores, new Set(streams)));
  }
}
