import { type ReadModel, ReplayUnderWay, type VersionBeside } from '../read-model.ts';
import type { Lease } from './lease.ts';
import type { VersionsDocument } from './versions-document.ts';

interface Parts {
  readonly id: string;
  readonly isResumed: boolean;
  readonly readModel: ReadModel;
  readonly lease: Lease;
  readonly versions: VersionsDocument;
  /** What may follow once it is live; it may fail. */
  readonly onLive: () => Promise<void>;
  /** What may follow once it is forgotten; it may fail. */
  readonly onDiscarded: () => Promise<void>;
  readonly onEnd: () => void;
}

/** The version beside the live one, while this process owns it. */
export class MongoVersionBeside implements VersionBeside {
  readonly id: string;
  readonly isResumed: boolean;
  readonly readModel: ReadModel;
  readonly #parts: Parts;
  #ending: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.id = parts.id;
    this.isResumed = parts.isResumed;
    this.readModel = parts.readModel;
    this.#parts = parts;
  }

  goLive(): Promise<void> {
    return this.#end(async ({ versions, lease, onLive }) => {
      if (!(await versions.goLive(lease.owner, this.id))) throw new ReplayUnderWay();
      // It is live, whatever comes: what fails from here on is made good by whoever comes next.
      await onLive().catch(() => {});
    });
  }

  discard(): Promise<void> {
    return this.#end(async ({ versions, lease, onDiscarded }) => {
      if (!(await versions.discard(lease.owner))) throw new ReplayUnderWay();
      await onDiscarded().catch(() => {});
    });
  }

  async close(): Promise<void> {
    if (this.#ending === null) await this.#end(async () => {});
    else await this.#ending.catch(() => {});
  }

  /** One end only; whatever it is, nothing is written into the version after it, and the next replay need not wait. */
  #end(last: (parts: Parts) => Promise<void>): Promise<void> {
    if (this.#ending !== null) return Promise.reject(new Error('This replay has ended'));
    this.#ending = this.#finish(last);
    return this.#ending;
  }

  async #finish(last: (parts: Parts) => Promise<void>): Promise<void> {
    const { readModel, lease, versions, onEnd } = this.#parts;
    await readModel.close();
    await lease.end();
    try {
      await last(this.#parts);
    } finally {
      // Where it cannot be told, it is found out by our silence.
      await versions.release(lease.owner).catch(() => {});
      onEnd();
    }
  }
}
