import { reasonOf } from '../../errors/reason-of.ts';
import { BackupInUse, type BackupPlace, BackupUnavailable, type OpenSegment, type PlaceLock } from './backup-place.ts';
import type { Objects } from './objects.ts';
import { lockObjects } from './objects-lock.ts';
import { MOST_OBJECT_BYTES, MOST_SEGMENT_BYTES, segmentFile, segmentIn } from './segment.ts';

/**
 * A backup in S3, in which nothing can be added to an object. So each part of the open segment that is acknowledged is an object of its own,
 * `events/<segment>.<from>-<to>.part`, by the bytes of the segment that it has. When the segment is closed it is put as a whole, and its parts are removed.
 *
 * A part that was not acknowledged may be there too. It does no harm: every part begins where one that was acknowledged ends, and bytes of
 * the same place are the same, since they are those of the log.
 */
export class S3Place implements BackupPlace {
  readonly address: string;
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.address = objects.address;
    this.#objects = objects;
  }

  lock(onWait: (message: string) => void): Promise<PlaceLock> {
    return this.#reaching(() => lockObjects(this.#objects, onWait));
  }

  read(name: string): Promise<Buffer | null> {
    return this.#read(name, MOST_OBJECT_BYTES);
  }

  async write(name: string, text: string): Promise<void> {
    await this.#reaching(() => this.#objects.putBytes(name, Buffer.from(text)));
  }

  isEmpty(): Promise<boolean> {
    return this.#reaching(async () => {
      const { Contents = [] } = await this.#objects.list();
      return Contents.every(({ Key = '' }) => this.#objects.nameOf(Key).startsWith('lock'));
    });
  }

  async segments(): Promise<string[]> {
    const files = await this.#files('events/');
    return files.map((file) => segmentIn(file.slice('events/'.length))).filter((name) => name !== null);
  }

  async readSegment(name: string, bytes: number | null): Promise<Buffer | null> {
    const whole = await this.#read(segmentFile(name), MOST_SEGMENT_BYTES);
    if (whole !== null) return bytes === null ? whole : whole.subarray(0, bytes);
    if (bytes === null || bytes > MOST_SEGMENT_BYTES) return null;
    const startOf = new Map((await this.#partsOf(name)).map(({ from, to }) => [to, from]));
    const parts: Buffer[] = [];
    for (let to = bytes; to > 0; ) {
      const from = startOf.get(to);
      const part = from === undefined ? null : await this.#read(partName(name, from, to), MOST_SEGMENT_BYTES);
      if (from === undefined || part?.length !== to - from) return null;
      parts.unshift(part);
      to = from;
    }
    return Buffer.concat(parts);
  }

  async openSegment(name: string, bytes: Buffer): Promise<OpenSegment> {
    // All of it: the whole is put at the end.
    const pieces = [bytes];
    let acknowledged = bytes.length;
    let pending: Buffer[] = [];
    return {
      append: async (more) => {
        pieces.push(more);
        pending.push(more);
      },
      sync: async () => {
        if (pending.length === 0) return;
        const part = Buffer.concat(pending);
        const to = acknowledged + part.length;
        await this.#reaching(() => this.#objects.putBytes(partName(name, acknowledged, to), part));
        acknowledged = to;
        pending = [];
      },
      finish: (last) =>
        this.#reaching(() => this.#objects.putBytes(segmentFile(name), Buffer.concat([...pieces, last]))),
      close: async () => {},
    };
  }

  async tidy(open: string | null): Promise<void> {
    for (const file of await this.#files('events/')) {
      if (!file.endsWith('.part') || (open !== null && file.startsWith(`events/${open}.`))) continue;
      await this.#reaching(() => this.#objects.remove(file, undefined));
    }
  }

  async close(): Promise<void> {
    this.#objects.close();
  }

  async #partsOf(name: string): Promise<{ readonly from: number; readonly to: number }[]> {
    const files = await this.#files(`events/${name}.`);
    return files.flatMap((file) => {
      const [, from, to] = /\.(\d+)-(\d+)\.part$/.exec(file) ?? [];
      // Anybody may have named a part that ends before it begins: whoever reads would go in a circle.
      return to === undefined || Number(from) >= Number(to) ? [] : [{ from: Number(from), to: Number(to) }];
    });
  }

  /** The names of all objects with a beginning, ascending. */
  async #files(beginning: string): Promise<string[]> {
    const files: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#reaching(() => this.#objects.list(token, beginning));
      for (const { Key = '' } of page.Contents ?? []) files.push(this.#objects.nameOf(Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return files.toSorted();
  }

  #read(name: string, most: number): Promise<Buffer | null> {
    return this.#reaching(async () => {
      const found = await this.#objects.get(name);
      if (found === null) return null;
      const pieces: Buffer[] = [];
      let bytes = 0;
      // To leave the loop by an error ends the answer.
      for await (const piece of found.body) {
        bytes += piece.length;
        if (bytes > most) throw new Error(`${name} has more bytes than a backup writes (${most})`);
        pieces.push(piece);
      }
      return Buffer.concat(pieces);
    });
  }

  async #reaching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BackupInUse) throw error;
      throw new BackupUnavailable(`The backup cannot be used: ${reasonOf(error)}`, error);
    }
  }
}

function partName(segment: string, from: number, to: number): string {
  return `events/${segment}.${from}-${to}.part`;
}
