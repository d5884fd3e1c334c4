import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../errors/code-of.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { makeFolder, sync } from '../../../machine/durable.ts';
import { readRegularFile } from '../../../machine/regular-file.ts';
import { OtherBlobs, StorageUnavailable } from '../blob-store.ts';
import { removeLeftovers } from '../leftovers.ts';
import { assertEmpty, isOwnedBy, MOST_OWNER_BYTES, notSwept, OWNER, type Owner, ownerText } from '../owner.ts';
import { PART } from './file-places.ts';
import { tryToLink } from './file-steps.ts';
import { COPIES, LocalBlobStore } from './local-blob-store.ts';

/** Far longer than a copy takes, and than the clocks of machines that share a folder differ. */
const LEFT_AFTER_MS = 24 * 60 * 60 * 1_000;

export interface LocalBlobsOptions {
  /** An absolute path. */
  readonly folder: string;
  /** Whether the folder is made if it is missing; the one that it is in must be there. One that is shared is not made: it may be away. */
  readonly isMade: boolean;
  readonly owner: Owner;
  readonly onNotice: (message: string) => void;
}

/** @throws {OtherBlobs | StorageUnavailable} */
export async function openLocalBlobStore(options: LocalBlobsOptions): Promise<LocalBlobStore> {
  const { folder, isMade, owner, onNotice } = options;
  const marker = join(folder, OWNER);
  return opening(folder, async () => {
    if (isMade) await makeFolder(folder);
    await makeFolder(join(folder, COPIES)).catch((error) => {
      throw codeOf(error) === 'ENOENT' ? new Error('it is missing: make it, or mount it') : error;
    });
    await removeLeftovers(join(folder, COPIES), new Date(Date.now() - LEFT_AFTER_MS));
    const text = (await read(marker)) ?? (await made(folder, owner));
    const maySweep = isOwnedBy(owner, text, marker);
    if (!maySweep) onNotice(notSwept(owner, marker));
    return new LocalBlobStore(folder, maySweep);
  });
}

/** The same for commands that only read: nothing is made. A folder that would be made, and is not there, has no bytes. */
export async function openLocalBlobStoreForReading({
  folder,
  isMade,
  owner,
}: Omit<LocalBlobsOptions, 'onNotice'>): Promise<LocalBlobStore> {
  return opening(folder, async () => {
    if (!isMade) await readdir(folder);
    const text = await read(join(folder, OWNER));
    if (text !== null) isOwnedBy(owner, text, join(folder, OWNER));
    return new LocalBlobStore(folder, false);
  });
}

/** Writes whose the folder is, unless another process was first; gives what it says then. */
async function made(folder: string, owner: Owner): Promise<string> {
  const marker = join(folder, OWNER);
  const isEmpty = !(await readdir(folder)).some((name) => PART.test(name));
  assertEmpty(isEmpty, owner, marker);
  const unfinished = join(folder, COPIES, randomUUID());
  await writeFile(unfinished, ownerText(owner), { flag: 'wx', mode: 0o600, flush: true });
  try {
    if ((await tryToLink(unfinished, marker)) === 'impossible') await rename(unfinished, marker);
  } finally {
    await rm(unfinished, { force: true });
  }
  await sync(folder);
  await sync(dirname(folder));
  return (await read(marker)) ?? '';
}

async function read(file: string): Promise<string | null> {
  return (await readRegularFile(file, MOST_OWNER_BYTES))?.toString() ?? null;
}

async function opening<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OtherBlobs) throw error;
    throw new StorageUnavailable(`The folder of images ${folder} cannot be opened: ${reasonOf(error)}`, error);
  }
}
