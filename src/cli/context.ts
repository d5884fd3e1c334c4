import type { RecordAccess } from '../commands/access.ts';
import type { RecordOperation } from '../commands/operations.ts';
import { BadConfig } from '../errors/bad-config.ts';
import { LogDamaged } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { type Damage, type Pages, pagesOfLog, soundPagesOfLog } from '../history/log-pages.ts';
import type { BlobStore } from '../importer/blobs/blob-store.ts';
import { keysOfCommand } from '../operations/keys/own-keys.ts';
import type { StoresForReading } from '../projections/stores.ts';
import { type Config, readConfig } from '../settings/config.ts';
import { jwtSecrets } from '../settings/jwt-secret.ts';
import type { OfOthers } from '../stores/adoption.ts';
import { openBlobStoreForReading } from '../stores/open-blobs.ts';
import { assertLogIsThere, openLogForReading } from '../stores/open-log.ts';
import { openStores, openStoresForReading } from '../stores/open-stores.ts';
import { PATIENCE_MS } from '../stores/options.ts';
import { Keys } from '../tokens/keys.ts';
import { keysOfLog } from '../tokens/log-keys.ts';
import { ask } from './ask.ts';
import { counted } from './counted.ts';
import { type Operator, operatorOf } from './operator.ts';
import { type OperatorsStores, recordAccess, recordOperation, storesOfOperator } from './operators-stores.ts';
import { printable } from './printable.ts';
import { type Progress, startProgress } from './progress.ts';
import { recordIfPossible } from './record-if-possible.ts';
import type { Surroundings } from './surroundings.ts';

/** How a subcommand writes to the stores. */
export interface Intent {
  /** Whether it makes the stores if there are none. */
  readonly mayBegin?: boolean;
  readonly ofOthers?: OfOthers;
}

/** What a subcommand works with. Settings are read and stores opened when it asks for them. The stores are closed at the end. */
export class Context {
  readonly surroundings: Surroundings;
  /** Whether there was any data: `write` says so. */
  hasWritten = false;
  readonly #progress: Progress;
  readonly #opened: { close(): Promise<void> }[] = [];
  /** Those of them that have the log open for reading alone. */
  readonly #reading = new Set<{ close(): Promise<void> }>();
  /** The settings are read once: without the secret, and with it. */
  #config: Config | null = null;
  #signingConfig: Config | null = null;
  #operator: Operator;
  #isHeeded = false;
  #damage: LogDamaged | null = null;
  /** So many positions of the log were left out, since they are damaged. */
  #leftOut = 0n;
  #isLeft = false;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    this.#operator = operatorOf(surroundings.env, {});
    this.#progress = startProgress(surroundings.stderr, surroundings.env.TERM !== 'dumb');
  }

  /** Who runs the subcommand, where, and why. */
  get operator(): Operator {
    return this.#operator;
  }

  /** @param options of the subcommand: `OPERATOR` and `REASON`, if it has them */
  runBy(options: { readonly operator?: string; readonly reason?: string }): void {
    this.#operator = operatorOf(this.surroundings.env, options);
  }

  /** Whether data goes to a terminal, which control characters could drive. */
  get isShown(): boolean {
    return this.surroundings.stdout.isTTY === true;
  }

  /** The width of the terminal that data goes to, in characters; null: it goes elsewhere, or the width is not known. */
  get width(): number | null {
    return this.isShown ? (this.surroundings.stdout.columns ?? null) : null;
  }

  /** Whether there is a terminal to ask at. */
  get canAsk(): boolean {
    return this.surroundings.stdin.isTTY === true && this.surroundings.stderr.isTTY === true;
  }

  /** Aborts at Ctrl-C. A subcommand that reads it must then end in good order. */
  get signal(): AbortSignal {
    this.#isHeeded = true;
    return this.surroundings.signal;
  }

  /** Whether the subcommand was ended by Ctrl-C. */
  get isInterrupted(): boolean {
    return this.#isHeeded && this.surroundings.signal.aborted;
  }

  /** Asks the person at the terminal; anything but yes is no. @throws the signal's reason */
  ask(question: string): Promise<boolean> {
    return ask(question, this.signal, this.surroundings.stdin, this.surroundings.stderr);
  }

  /** Writes data; resolves when the stream has taken it. @throws with the code EPIPE if the reader has gone */
  write(text: string): Promise<void> {
    this.#progress.end();
    this.hasWritten ||= text !== '';
    const { stdout } = this.surroundings;
    return new Promise((resolve, reject) => {
      stdout.once('error', reject);
      stdout.write(text, (error) => {
        if (error) return;
        stdout.off('error', reject);
        resolve();
      });
    });
  }

  /** Says something to the person, on standard error. */
  readonly say = (text: string): void => this.#progress.say(text);

  /** Shows at a terminal how far a long run is, as `Progress.update` does. */
  readonly progress: Progress['update'] = (...how) => this.#progress.update(...how);

  /**
   * A whole log after a position, up to `end` or Ctrl-C, with its progress shown.
   * @param onDamage goes on after damage, and is told of it; without it, damage ends the scan
   */
  async *scan(log: EventLog, after: bigint, end: bigint, onDamage?: (damage: Damage) => void): Pages {
    let events = 0;
    const pages =
      onDamage === undefined
        ? pagesOfLog(log, after, end, this.signal)
        : soundPagesOfLog(log, after, end, this.signal, onDamage);
    for await (const page of pages) {
      yield page;
      events += page.length;
      this.progress(events, Number((page.at(-1)?.position ?? after) - after) / Number(end - after));
    }
  }

  /** The same, but what is damaged is left out, and said. `assertSound` then says how much that is. */
  scanSound(log: EventLog, after: bigint, end: bigint): Pages {
    return this.scan(log, after, end, ({ from, until, error }) => {
      this.#leftOut += until - from + 1n;
      this.say(`Left out, up to position ${until}: ${printable(error.message)}`);
    });
  }

  /** The settings without the secret, since most subcommands sign nothing. @throws {BadConfig} */
  get config(): Config {
    this.#config ??= readConfig(this.surroundings.env, false);
    return this.#config;
  }

  /**
   * Reads the settings with the secret. A command that signs does so first: a file may be root's alone, and root gives up its rights where the
   * stores are another account's.
   * @throws {BadConfig}
   */
  assertCanSign(): void {
    this.#signingConfig ??= readConfig(this.surroundings.env);
  }

  /** The keys that are configured, whether or not they are the log's; development makes one if there is none. @throws {BadConfig} */
  get keys(): Keys {
    this.assertCanSign();
    return new Keys(jwtSecrets(this.#signingConfig as Config));
  }

  /** The configured keys, for commands that only read: they make none. @throws {BadConfig} */
  get keptKeys(): Keys {
    this.assertCanSign();
    return new Keys(jwtSecrets(this.#signingConfig as Config, false));
  }

  /**
   * The keys of the service on this log.
   * @param mayMake whether development makes one if there is none, and the log knows none
   * @throws {BadConfig | OtherKey | LogUnavailable}
   */
  async keysOf(log: EventLog, mayMake = false): Promise<Keys> {
    const isMade = mayMake && (await keysOfLog(log)).oldest === null;
    return keysOfCommand(isMade ? this.keys : this.keptKeys, log);
  }

  /**
   * The same, to make something with them that is to last. If the log is new, it gets to know them.
   * @throws {BadConfig | OtherKey | LogUnavailable}
   */
  async keysForMaking({ log, recordAccess }: Pick<OperatorsStores, 'log' | 'recordAccess'>): Promise<Keys> {
    const keys = await this.keysOf(log, true);
    // If it has events and no key, no service of this release has used it yet: that one may have another key.
    if ((await log.head()) === 0n) {
      for (const { fingerprint } of keys.all.toReversed()) {
        await recordAccess({ type: 'IntroduceKey', data: { key: fingerprint } });
      }
    }
    return keys;
  }

  /** The log, for reading. @param patienceMs how long each call waits for a server that does not answer */
  async log(patienceMs = PATIENCE_MS): Promise<EventLog> {
    return this.#closeBeforeWriting(await openLogForReading(this.config, this.say, patienceMs));
  }

  /** The same; a damaged log is read up to the damage. `assertSound` then says that it was not read whole. */
  async logDespiteDamage(patienceMs = PATIENCE_MS): Promise<EventLog> {
    const tell = (damage: LogDamaged) => {
      this.#damage = damage;
      this.say(printable(damage.message));
    };
    return this.#closeBeforeWriting(await openLogForReading(this.config, this.say, patienceMs, tell));
  }

  /** @throws {LogDamaged} the log is damaged, so that what was read may not be all */
  assertSound(): void {
    if (this.#leftOut > 0n) {
      throw new LogDamaged(`${counted(Number(this.#leftOut), 'position')} of the log could not be read.`);
    }
    if (this.#damage !== null) throw new LogDamaged('What was read may not be all: the log is damaged.', this.#damage);
  }

  /**
   * Records that the operator had access past the API, for commands that read all the same if it cannot be recorded: they say so.
   * Nothing is made if there is no log. What `log` gave cannot be read any more after it.
   */
  async recordAccess(access: RecordAccess): Promise<void> {
    await this.#recording((log) => recordAccess(log, access, this.#operator));
  }

  /** The same for what was done to the service itself. */
  async recordOperation(operation: RecordOperation): Promise<void> {
    await this.#recording((log) => recordOperation(log, operation, this.#operator));
  }

  async #recording(record: (log: EventLog) => Promise<void>): Promise<void> {
    await this.#closeReading();
    await recordIfPossible(this.config, record, this.say);
  }

  /**
   * Both stores, for reading: opening them makes and changes nothing.
   * @param onDamage is told that the log is damaged, which is then read as far as it can be; without it, such a log is refused
   */
  async reading(onDamage?: (damage: LogDamaged) => void): Promise<StoresForReading> {
    return this.#closeBeforeWriting(await openStoresForReading(this.config, this.say, PATIENCE_MS, onDamage));
  }

  /**
   * The bytes of images, for reading.
   * @throws {BadConfig | OtherBlobs | StorageUnavailable}
   */
  async blobs(log: Pick<EventLog, 'id'>): Promise<BlobStore> {
    const { config } = this;
    if (config.eventStoreUrl !== null && config.blobs === null) {
      throw new BadConfig(['BLOBS_URL is missing: with EVENTSTORE_URL it says where the bytes of images are']);
    }
    return this.closeAtEnd(await openBlobStoreForReading(config, log));
  }

  /** Both stores, for writing. */
  async writing({ mayBegin = false, ofOthers }: Intent = {}): Promise<OperatorsStores> {
    const { config, say } = this;
    if (!mayBegin) assertLogIsThere(config);
    const stores = this.closeAtEnd(await openStores(config, say, { ofOthers, patienceMs: PATIENCE_MS }));
    return storesOfOperator(stores, this.operator, say);
  }

  #closeBeforeWriting<T extends { close(): Promise<void> }>(opened: T): T {
    this.#reading.add(opened);
    return this.closeAtEnd(opened);
  }

  /** In a process that has a file open for reading only, SQLite lets nobody write to it while another process has it open. */
  async #closeReading(): Promise<void> {
    for (const opened of this.#reading) {
      this.#opened.splice(this.#opened.indexOf(opened), 1);
      await opened.close();
    }
    this.#reading.clear();
  }

  /** Closes at the end what the subcommand opened itself. */
  closeAtEnd<T extends { close(): Promise<void> }>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  /** Waits for nothing at the end: what was asked gives no answer, and closing it would wait, too. For subcommands that only read. */
  leave(): void {
    this.#isLeft = true;
    this.surroundings.leave();
  }

  async close(): Promise<void> {
    this.#progress.end();
    if (this.#isLeft) return;
    for (const opened of this.#opened.splice(0).reverse()) await opened.close();
  }
}
