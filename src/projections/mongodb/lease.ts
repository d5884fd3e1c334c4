import { setTimeout as sleep } from 'node:timers/promises';
import type { Versions, VersionsDocument } from './versions-document.ts';

/** How often a replay shows that it is alive. */
const BEAT_MS = 500;

/** A replay that has shown nothing for so long is taken for dead. No clock is compared with another one: who waits counts. */
const LEASE_MS = 3_000;

/**
 * What keeps a second replay out while one is alive. It is no lock: a replay that was taken for dead and is not may write on, which
 * harms nothing, as its version is either filled with the same by the one that took over, or is nobody's. It cannot go live.
 */
export class Lease {
  readonly owner: string;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> = Promise.resolve();
  #isLost = false;

  /** @param owner has just taken the version beside the live one */
  constructor(versions: VersionsDocument, owner: string) {
    this.owner = owner;
    const beat = async () => {
      if (!(await versions.beat(owner))) this.#isLost = true;
    };
    this.#timer = setInterval(() => {
      // Where the store is away for a moment, the next beat is in time.
      this.#beating = this.#beating.then(beat).catch(() => {});
    }, BEAT_MS).unref();
  }

  /** Whether another replay has taken over, so that this one's work is for nothing. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Ends the beats; none is under way afterwards. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
  }
}

/** Whether the owner of the version beside the live one shows that it is alive, which takes a beat, or that it does not. */
export async function isAlive(versions: VersionsDocument, seen: Versions): Promise<boolean> {
  if (seen.beside === null || seen.beside.owner === null) return false;
  const deadlineMs = performance.now() + LEASE_MS;
  while (performance.now() < deadlineMs) {
    await sleep(BEAT_MS / 5);
    const now = await versions.read();
    if (now.changes !== seen.changes) return now.beside?.owner === seen.beside.owner;
  }
  return false;
}
