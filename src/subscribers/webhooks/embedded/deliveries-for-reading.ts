import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ownership } from '../../../errors/other-store.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { isSchemaTrouble } from '../../../sqlite/errors.ts';
import { assertSchema } from '../../../sqlite/own-schema.ts';
import { takeFile } from '../../../sqlite/owner.ts';
import { UntouchedReading } from '../../../sqlite/reading.ts';
import { damageIn, whyReplaceableUnusable } from '../../../sqlite/replaceable-file.ts';
import {
  type DeliveriesQuery,
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryReader,
  type Lease,
  type Progress,
} from '../delivery-store.ts';
import { DeliveryReads } from './delivery-reads.ts';
import { SCHEMA } from './schema.ts';

const BUSY_TIMEOUT_MS = 250;

/** @throws {OtherStore} they are another log's */
export async function openDeliveriesForReading(
  file: string,
  own: Ownership,
  onNotice: (message: string) => void,
): Promise<DeliveryReader> {
  await takeFile(file, own);
  return new DeliveriesForReading(file, onNotice);
}

/**
 * The deliveries for commands that only read: nothing is made or written. If there is no file, or one that the service would replace, there
 * are none.
 */
export class DeliveriesForReading implements DeliveryReader {
  readonly #file: string;
  readonly #onNotice: (message: string) => void;
  readonly #reading: UntouchedReading<DeliveryReads>;
  #isNoticed = false;

  constructor(file: string, onNotice: (message: string) => void) {
    this.#file = file;
    this.#onNotice = onNotice;
    this.#reading = new UntouchedReading(
      () => file,
      BUSY_TIMEOUT_MS,
      (database) => {
        assertSchema(database, SCHEMA);
        return new DeliveryReads(database);
      },
    );
  }

  async progress(endpoint: string): Promise<Progress | null> {
    return this.#read((deliveries) => deliveries.progress(endpoint), null);
  }

  async waiting(endpoint: string): Promise<Delivery[]> {
    return this.#read((deliveries) => deliveries.waiting(endpoint), []);
  }

  async withIds(endpoint: string, ids: readonly string[]): Promise<Delivery[]> {
    return this.#read((deliveries) => deliveries.withIds(endpoint, ids), []);
  }

  async list(query: DeliveriesQuery): Promise<Delivery[]> {
    return this.#read((deliveries) => deliveries.list(query), []);
  }

  async leases(): Promise<Lease[]> {
    return this.#read((deliveries) => deliveries.leases(), []);
  }

  async close(): Promise<void> {
    this.#reading.letGo();
  }

  #read<T>(read: (deliveries: DeliveryReads) => T, nothing: T): T {
    if (!existsSync(this.#file)) return nothing;
    try {
      return this.#reading.read(read);
    } catch (error) {
      if (damageIn(error) === null && !isSchemaTrouble(error)) {
        throw new DeliveriesUnavailable(whyReplaceableUnusable(error, this.#file, true), error);
      }
      if (!this.#isNoticed) {
        this.#onNotice(
          `${basename(this.#file)} cannot be used (${reasonOf(error)}): the service replaces it when it starts.`,
        );
      }
      this.#isNoticed = true;
      return nothing;
    }
  }
}
