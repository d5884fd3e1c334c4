/**
 * Where a backup is: the port. Its adapters are a folder and a prefix of S3. Each must pass `test/contracts/backup-place.ts`. What a call
 * has resolved for is durable.
 */
export interface BackupPlace {
  /** For people: a folder, or `s3://bucket/prefix`. */
  readonly address: string;

  /**
   * Makes sure that nobody else writes to the place until the lock is closed. A process that has died is not waited for longer than needed.
   * @param onWait is called if it takes a while to find out whether the one who has it is alive
   * @throws {BackupInUse}
   */
  lock(onWait: (message: string) => void): Promise<PlaceLock>;

  /** A small object, as a whole; null: there is none. @throws {BackupUnavailable} */
  read(name: string): Promise<Buffer | null>;

  /** Replaces an object at once. @throws {BackupUnavailable} */
  write(name: string, text: string): Promise<void>;

  /** Whether there is nothing at all. */
  isEmpty(): Promise<boolean>;

  /** The names of the segments that are there as a whole, or are the open one of a folder, ascending: `00000000000000000001`. */
  segments(): Promise<string[]>;

  /** The beginning of a segment, of so many bytes; null: all of it. Gives fewer bytes if there are fewer, and null if it is missing. */
  readSegment(name: string, bytes: number | null): Promise<Buffer | null>;

  /** Goes on with a segment after its first bytes; what comes after them is dropped. @param bytes empty: it is begun */
  openSegment(name: string, bytes: Buffer): Promise<OpenSegment>;

  /** Removes what is left of segments beside their whole. @param open the segment that grows: it stays; null: none does */
  tidy(open: string | null): Promise<void>;

  close(): Promise<void>;
}

/** Who has it may write. */
export interface PlaceLock {
  /** @throws {BackupInUse} it was lost: this process stood still for too long */
  assertHeld(): Promise<void>;
  close(): Promise<void>;
}

/** A segment that grows. */
export interface OpenSegment {
  /** Takes more bytes; they are not durable yet. */
  append(bytes: Buffer): Promise<void>;
  /** Resolves when all bytes so far are durable. */
  sync(): Promise<void>;
  /** Adds the last bytes, makes it durable as a whole, and ends. */
  finish(bytes: Buffer): Promise<void>;
  /** Lets go of it as it is. */
  close(): Promise<void>;
}

/** The place cannot be read or written just now. */
export class BackupUnavailable extends Error {
  readonly code = 'backup_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'BackupUnavailable';
  }
}

/** Another process backs up to the place. */
export class BackupInUse extends Error {
  readonly code = 'backup_in_use';

  constructor(reason: string) {
    super(reason);
    this.name = 'BackupInUse';
  }
}

/** What is there is no backup, or not this log's, or not whole. The message says what to do. */
export class BackupRefused extends Error {
  readonly code = 'backup_refused';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'BackupRefused';
  }
}

/** A part of a backup is not what was written. The message begins with where: `events/….ndjson line 7: …`. */
export class BackupDamaged extends Error {
  readonly code = 'backup_damaged';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'BackupDamaged';
  }
}
