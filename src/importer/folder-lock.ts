import { createHash, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { lockFile } from '../sqlite/lock.ts';

/**
 * Names a worker, and knows which claims are of earlier workers of the same data folder. Those have ended if this process has the folder's
 * lock, which ends with its process. A worker that does not have it has a name that says nothing of the folder.
 */
export class FolderLock {
  readonly #file: string;
  readonly #log: string;
  readonly #start = randomUUID();
  #lock: { close(): void } | null = null;
  #mark: string | null = null;

  /** @param log the id of the log */
  constructor(file: string, log: string) {
    this.#file = file;
    this.#log = log;
  }

  /** Takes the lock if it is free. Gives whether this process has it. */
  tryTake(): boolean {
    if (this.#lock !== null) return true;
    try {
      this.#lock = lockFile(this.#file, 0);
      // A copy of the folder has another file.
      const { ino, birthtimeNs } = statSync(this.#file, { bigint: true });
      const place = createHash('sha256').update(`${this.#log} ${ino} ${birthtimeNs}`);
      this.#mark = place.digest('hex').slice(0, 16);
      return true;
    } catch {
      // Another process has it, or the folder takes no file: then claims are lost by their time alone.
      this.close();
      return false;
    }
  }

  /** The name for new claims: it is new at each start. */
  get worker(): string {
    return this.#mark === null ? this.#start : `${this.#mark}.${this.#start}`;
  }

  /** Whether the worker was one of an earlier start in this folder, and so has ended. */
  hasEnded(worker: string): boolean {
    if (this.#mark === null) return false;
    return worker.startsWith(`${this.#mark}.`) && worker !== this.worker;
  }

  close(): void {
    this.#lock?.close();
    this.#lock = null;
    this.#mark = null;
  }
}
