import { randomUUID } from 'node:crypto';
import { type BesideStatus, ReadModelUnavailable, ReplayUnderWay, type VersionBeside } from '../read-model.ts';
import { FILLING_BOUNDS_MS } from './bounds.ts';
import type { Clients } from './current-client.ts';
import { Gate } from './gate.ts';
import { isAlive, Lease } from './lease.ts';
import { MongoReadModel, type VersionSource, type VersionsBeside } from './mongo-read-model.ts';
import { MongoVersionBeside } from './mongo-version-beside.ts';
import { removeUnused, removeVersion } from './unused-collections.ts';
import { Version } from './version.ts';
import type { VersionsDocument } from './versions-document.ts';

/** What a version beside the live one says for `beside` and `besideStatus`. */
const NONE: VersionsBeside = {
  open: async () => {
    throw new Error('A version beside the live one has none beside it');
  },
  status: async () => null,
};

interface Taken {
  readonly id: string;
  readonly isResumed: boolean;
  /** The version that was left there, and is to be thrown away. */
  readonly replaced: string | null;
}

/** The versions beside the live one, as this node makes them, goes on with them and puts them in its place. */
export class Replays implements VersionsBeside {
  readonly #clients: Clients;
  readonly #versions: VersionsDocument;
  readonly #gate: Gate;
  readonly #open = new Set<VersionBeside>();

  constructor(clients: Clients, versions: VersionsDocument, gate: Gate) {
    this.#clients = clients;
    this.#versions = versions;
    this.#gate = gate;
  }

  /** @throws {ReplayUnderWay | ReadModelUnavailable} */
  async open(madeBy: string): Promise<VersionBeside> {
    const owner = randomUUID();
    const { id, isResumed, replaced } = await this.#take(madeBy, owner);
    const lease = new Lease(this.#versions, owner);
    // A gate of its own: what holds up the filling, a large batch for one, says nothing about requests.
    const version = new Version(new Gate(this.#clients, FILLING_BOUNDS_MS), id);
    try {
      if (replaced !== null) await removeVersion(replaced, this.#gate);
      await removeUnused(this.#versions, this.#gate);
      // While it is empty: later, making them takes longer than anything may.
      await version.makeIndexes();
    } catch (error) {
      await lease.end();
      await this.#versions.release(owner).catch(() => {});
      throw error;
    }
    const readModel = new MongoReadModel(whileHeld(version, lease), NONE, async () => {});
    const beside = new MongoVersionBeside({
      id,
      isResumed,
      readModel,
      lease,
      versions: this.#versions,
      onLive: () => removeUnused(this.#versions, this.#gate),
      onDiscarded: () => removeVersion(id, this.#gate),
      onEnd: () => this.#open.delete(beside),
    });
    this.#open.add(beside);
    return beside;
  }

  /** @throws {ReadModelUnavailable} */
  async status(): Promise<BesideStatus | null> {
    const { beside } = await this.#versions.read();
    if (beside === null) return null;
    const { id } = beside;
    return { id, checkpoint: await new Version(this.#gate, id).checkpoint() };
  }

  /** Leaves what is open here. */
  async close(): Promise<void> {
    for (const beside of this.#open) await beside.close();
  }

  async #take(madeBy: string, owner: string): Promise<Taken> {
    for (;;) {
      const seen = await this.#versions.read();
      if (await isAlive(this.#versions, seen)) throw new ReplayUnderWay();
      const left = seen.beside;
      const isResumed = left?.madeBy === madeBy;
      const id = isResumed ? left.id : randomUUID();
      const isTaken = await this.#versions.take(seen, { id, madeBy, owner });
      if (isTaken) return { id, isResumed, replaced: isResumed ? null : (left?.id ?? null) };
    }
  }
}

function whileHeld(version: Version, lease: Lease): VersionSource {
  const current = async () => {
    if (lease.isLost)
      throw new ReadModelUnavailable('another replay has taken this one for dead, and has taken it over');
    return version;
  };
  return { current, afresh: current };
}
