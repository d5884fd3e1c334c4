import type { Db, Document } from 'mongodb';
import { type ConnectOptions, connected } from '../../mongodb/connected.ts';
import type { Found } from '../../mongodb/document.ts';
import { dropContents } from '../../mongodb/drop-contents.ts';
import { isAnswer } from '../../mongodb/failures.ts';
import type { Passage } from '../../mongodb/gate.ts';
import { GatedCollection } from '../../mongodb/gated-collection.ts';
import { type Patience, wayTo } from '../../mongodb/way.ts';
import { ReadModelUnavailable } from '../errors.ts';
import { UNNUMBERED, type Version, type VersionReader, type Versions } from '../versions.ts';
import { views } from '../views.ts';
import { CheckpointDocument, checkpointIn } from './checkpoint-document.ts';
import { collectionsOf } from './collections.ts';
import { MongoVersionReader } from './version-reader.ts';

/** The names of a version's collections, without its number: the views of this release and those beside them. */
const NAMES = [...Object.values(views).map(({ name }) => name), 'quarantine', 'checkpoint'];
/** `imports_7`. */
const NUMBERED = /^(\w+)_(\d{1,7})$/;
/** Collections of releases before 0.2: plain names, names with the beginning of a UUID, and a list of the live ones. */
const OLD = /^(imports|users|secrets|checkpoint|set_aside)(_[0-9a-f]{8})?$|^versions$/;

/**
 * The versions of the views in the MongoDB database in `url`. Nothing is made.
 * @throws {ReadModelUnavailable}
 */
export async function openMongoVersions(options: ConnectOptions & Patience): Promise<Versions> {
  const clients = await connected(options, ReadModelUnavailable, async (way) => {
    await new CheckpointDocument(collectionsOf(way, 0, {}).checkpoint).find();
  });
  return new MongoVersions(wayTo(clients, ReadModelUnavailable, options), () => clients.close());
}

/** The versions of the views in a database. Each has some collections. */
class MongoVersions implements Versions {
  readonly #gate: Passage;
  readonly #onClose: () => Promise<void>;

  constructor(gate: Passage, onClose: () => Promise<void>) {
    this.#gate = gate;
    this.#onClose = onClose;
  }

  async list(): Promise<Version[]> {
    const names = await this.#names();
    const numbers = names.flatMap((name) => numberIn(name) ?? []);
    const versions: Version[] = [];
    for (const number of new Set(numbers)) {
      const found = await this.#checkpointOf(number).find();
      const members = membersOf(number, found).filter((name) => names.includes(name));
      versions.push({ name: number, bytes: await this.#bytesOf(members), ...standingIn(found) });
    }
    const old = await this.#old(names);
    if (old.length > 0) {
      versions.push({ name: UNNUMBERED, bytes: await this.#bytesOf(old), checkpoint: null, usedAt: null });
    }
    return versions.toSorted((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
  }

  async remove(name: string): Promise<void> {
    const names = await this.#names();
    const ours = name === UNNUMBERED ? await this.#old(names) : await this.#closed(name);
    for (const one of ours) if (names.includes(one)) await dropContents(new GatedCollection(this.#gate, one));
  }

  /**
   * What releases before 0.2 left; what shows it last. Other applications may have collections of these names: they are ours only if the
   * checkpoint is ours, or the document about the live version.
   */
  async #old(names: readonly string[]): Promise<string[]> {
    const isThere = async (collection: string, filter: Document) =>
      names.includes(collection) &&
      (await new GatedCollection(this.#gate, collection).ask((there) => there.findOne(filter))) !== null;
    const isOurs =
      (await isThere('versions', { _id: 'versions', changes: { $type: 'number' } })) ||
      (await isThere('checkpoint', { _id: 'checkpoint', generation: { $type: 'string' } }));
    const last = ['checkpoint', 'versions'];
    return isOurs ? names.filter((name) => OLD.test(name)).toSorted((a, b) => last.indexOf(a) - last.indexOf(b)) : [];
  }

  /** The collections of a version, whose checkpoint counts no more: it must not say that views are whole while they are dropped. */
  async #closed(version: string): Promise<string[]> {
    const checkpoint = this.#checkpointOf(version);
    const members = membersOf(version, await checkpoint.find());
    await checkpoint.revoke();
    return members;
  }

  async open(name: string): Promise<VersionReader> {
    return new MongoVersionReader(this.#gate, name);
  }

  async roomBytes(): Promise<number | null> {
    const { fsTotalSize, fsUsedSize } = await this.#answerTo({ dbStats: 1 });
    if (typeof fsTotalSize !== 'number' || typeof fsUsedSize !== 'number' || fsTotalSize === 0) return null;
    return fsTotalSize - fsUsedSize;
  }

  close(): Promise<void> {
    return this.#onClose();
  }

  async #names(): Promise<string[]> {
    const listing = (database: Db) => database.listCollections({}, { nameOnly: true }).toArray();
    return (await this.#gate.pass(listing, 'documents')).map(({ name }) => name);
  }

  #checkpointOf(version: string): CheckpointDocument {
    return new CheckpointDocument(collectionsOf(this.#gate, version, {}).checkpoint);
  }

  /** The size with indexes; null if the server does not say. */
  async #bytesOf(names: readonly string[]): Promise<number | null> {
    let bytes = 0;
    for (const name of names) {
      const { storageSize, totalIndexSize } = await this.#answerTo({ collStats: name });
      if (typeof storageSize !== 'number' || typeof totalIndexSize !== 'number') return null;
      bytes += storageSize + totalIndexSize;
    }
    return bytes;
  }

  /** The answer to a command that not every server knows or allows; empty if it is refused. */
  async #answerTo(command: Document): Promise<Found> {
    try {
      return await this.#gate.pass((database) => database.command(command), 'documents');
    } catch (error) {
      if (error instanceof ReadModelUnavailable && isAnswer(error.cause)) return {};
      throw error;
    }
  }
}

/** The version's number in a collection's name; null if it belongs to no version. */
function numberIn(collection: string): string | null {
  const [, name = '', number = null] = NUMBERED.exec(collection) ?? [];
  return NAMES.includes(name) ? number : null;
}

/** The collections of a version, even if no write has made them yet. The checkpoint is last, because it lists the others. */
function membersOf(version: string, checkpoint: Found | null): string[] {
  const recorded = Array.isArray(checkpoint?.views) ? checkpoint.views.map(String) : [];
  return Array.from(new Set([...recorded, ...NAMES]), (name) => `${name}_${version}`);
}

function standingIn(found: Found | null): Pick<Version, 'checkpoint' | 'usedAt'> {
  const usedAt = found?.used_at;
  return { checkpoint: found && checkpointIn(found), usedAt: typeof usedAt === 'string' ? usedAt : null };
}
