import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ownership } from '../../../errors/other-store.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { BatchedWorker } from '../../../sqlite/batched-worker.ts';
import { takeFile, writeOwner } from '../../../sqlite/owner.ts';
import { openReplaceable } from '../../../sqlite/replaceable-database.ts';
import type { Done } from '../../../sqlite/replaceable-worker.ts';
import { type SealedStore, SealedUnavailable } from '../sealed-store.ts';
import { type ArgsOf, charactersIn, type Op, type SealedData, type SealedRequest, type ValueOf } from './requests.ts';
import { SEALED, SET_ASIDE_KEPT_MS } from './sealed-file.ts';
import { program } from './sealed-thread.ts';

/** A write waits for another process twice at most. */
const TIMEOUT_MS = 4_000;
const REQUESTS_PER_TRANSACTION = 256;
/** So many are removed in one transaction. Between two, other requests have their turn. */
const REMOVED_AT_ONCE = 500;

export interface EmbeddedSealedStoreOptions {
  /** The path; its folder must be there. */
  readonly file: string;
  /** Whose they are; unless set, the file need not say. */
  readonly own?: Ownership;
  /** Is called with a sentence for the operator: the file was damaged and set aside. */
  readonly onNotice?: (message: string) => void;
}

/** @throws {OtherStore} they are another log's */
export async function openEmbeddedSealedStore(options: EmbeddedSealedStoreOptions): Promise<SealedStore> {
  const { file, own } = options;
  if (own !== undefined) await takeFile(file, own, () => adopt(file, own.log));
  return new EmbeddedSealedStore(options);
}

/** The same for commands that only read: a file that does not say whose it is stays as it is. @throws {OtherStore} they are another log's */
export async function openEmbeddedSealedStoreForReading({
  own,
  ...options
}: EmbeddedSealedStoreOptions): Promise<SealedStore> {
  if (own !== undefined) await takeFile(options.file, own);
  return new EmbeddedSealedStore(options);
}

/** They are kept: who moves a log to another place moves its sealed credentials with it. */
function adopt(file: string, log: string): void {
  const { database } = openReplaceable(file, SEALED, false);
  try {
    writeOwner(database, log);
  } finally {
    database.close();
  }
}

/**
 * Sealed credentials in one SQLite file, which several processes may use at once. The first `put` makes the file and starts the thread that
 * uses it: a service that never sees a credential has neither.
 */
export class EmbeddedSealedStore implements SealedStore {
  readonly #file: string;
  readonly #onNotice: (message: string) => void;
  readonly #worker: BatchedWorker<SealedRequest, Done<unknown>, SealedData>;
  #isPutInto = false;

  constructor({ file, own, onNotice = () => {} }: EmbeddedSealedStoreOptions) {
    this.#file = file;
    this.#onNotice = onNotice;
    this.#worker = new BatchedWorker({
      program,
      data: { file, log: own?.log ?? null },
      batchSize: REQUESTS_PER_TRANSACTION,
      weightOf: charactersIn,
      timeoutMs: TIMEOUT_MS,
    });
  }

  put(id: string, sealed: Uint8Array, expiresAt: Date | null): Promise<void> {
    this.#isPutInto = true;
    return this.#ask('put', id, sealed, expiresAt?.toISOString() ?? null);
  }

  async get(id: string): Promise<Uint8Array | null> {
    return this.#isMade() ? this.#ask('get', id) : null;
  }

  async replace(id: string, before: Uint8Array, sealed: Uint8Array): Promise<boolean> {
    return this.#isMade() ? this.#ask('replace', id, before, sealed) : false;
  }

  async remove(id: string): Promise<void> {
    if (this.#isMade()) await this.#ask('remove', id);
  }

  async removeExpired(now: Date): Promise<number> {
    await this.#removeSetAside(now);
    if (!this.#isMade()) return 0;
    let removed = 0;
    let some: number;
    do {
      some = await this.#ask('removeExpired', now.toISOString(), REMOVED_AT_ONCE);
      removed += some;
    } while (some === REMOVED_AT_ONCE);
    return removed;
  }

  async ids(beginning: string, after: string | null, limit: number): Promise<string[]> {
    return this.#isMade() ? this.#ask('ids', beginning, after ?? '', limit) : [];
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  #isMade(): boolean {
    // The first `put` may be under way.
    return this.#isPutInto || existsSync(this.#file);
  }

  /** @throws {SealedUnavailable} */
  async #removeSetAside(now: Date): Promise<void> {
    const folder = dirname(this.#file);
    const beginning = `${basename(this.#file)}.damaged-`;
    try {
      for (const name of await readdir(folder)) {
        if (!name.startsWith(beginning)) continue;
        const path = join(folder, name);
        // To be renamed counts as a change of its state.
        if ((await stat(path)).ctimeMs <= now.getTime() - SET_ASIDE_KEPT_MS) await rm(path, { force: true });
      }
    } catch (error) {
      throw new SealedUnavailable(reasonOf(error), error);
    }
  }

  async #ask<O extends Op>(op: O, ...args: ArgsOf<O>): Promise<ValueOf<O>> {
    const outcome = await this.#worker.request({ op, args } as SealedRequest).catch((error) => {
      throw new SealedUnavailable(reasonOf(error), error);
    });
    const notices = 'reply' in outcome ? outcome.reply.notices : (outcome.failure.detail as readonly string[]);
    for (const notice of notices) this.#onNotice(notice);
    if ('failure' in outcome) throw new SealedUnavailable(outcome.failure.message);
    return outcome.reply.value as ValueOf<O>;
  }
}
