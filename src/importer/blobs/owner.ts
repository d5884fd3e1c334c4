import { OtherBlobs } from './blob-store.ts';

/** Whose images' bytes a store has: it is kept beside them, in `owner.json`. */
export interface Owner {
  /** The id of the log. */
  readonly log: string;
  /** The mark of the installation. A copy of the log has another one, and lacks what was recorded since. */
  readonly service: string;
}

export const OWNER = 'owner.json';

/** It has some hundred. */
export const MOST_OWNER_BYTES = 65_536;

/** What a store of bytes says of its owner: the text of its `owner.json`. */
export function ownerText({ log, service }: Owner): string {
  return `${JSON.stringify({ log, service })}\n`;
}

/**
 * Whether the store is this installation's, and not another one's of the same log.
 * @param text what the store says of its owner
 * @param place where it says that, for people
 * @throws {OtherBlobs} it is another log's
 */
export function isOwnedBy(owner: Owner, text: string, place: string): boolean {
  const found = parse(text);
  if (found?.log === owner.log) return found.service === owner.service;
  const whose =
    found === null ? 'does not say whose images these are' : `says that these are the images of the log ${found.log}`;
  throw new OtherBlobs(`${place} ${whose}, and this is the log ${owner.log}: ${orTakeOver(owner, place)}`);
}

/** @throws {OtherBlobs} there are bytes, but nothing that says whose they are */
export function assertEmpty(isEmpty: boolean, owner: Owner, place: string): void {
  if (!isEmpty)
    throw new OtherBlobs(
      `There are images, but ${place} is missing, which says whose they are: ${orTakeOver(owner, place)}`,
    );
}

/** What an operator should know of a store that is another installation's. */
export function notSwept(owner: Owner, place: string): string {
  return (
    `The bytes of images are shared with another installation of this log, or the log was copied, restored or moved: none are removed. ` +
    `If no other installation uses them, write ${ownerText(owner).trim()} into ${place}`
  );
}

function orTakeOver(owner: Owner, place: string): string {
  return (
    `set BLOBS_URL to another place. Only if this log has all events of that one (it was loaded from it), and nothing else uses these ` +
    `bytes any more, write ${ownerText(owner).trim()} into ${place}: bytes that this log does not name are removed then`
  );
}

function parse(text: string): Owner | null {
  try {
    const { log, service } = JSON.parse(text);
    return typeof log === 'string' && typeof service === 'string' ? { log, service } : null;
  } catch {
    return null;
  }
}
