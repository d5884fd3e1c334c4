import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog } from './event-log.ts';

/** Where the log of an installation is; no URL: in the data directory. */
export interface LogPlace {
  readonly eventStoreUrl: string | null;
  readonly dataDir: string;
}

/**
 * The mark of this installation: of the log, and of where it lies. A log that was copied, restored or moved to other servers has another
 * one, though its id is the same.
 * @param file where the embedded log is, if it is not in its place yet
 * @throws the file of an embedded log cannot be looked at
 */
export function serviceMark(
  { eventStoreUrl, dataDir }: LogPlace,
  { id, restoration }: Pick<EventLog, 'id' | 'restoration'>,
  file = fileOfLog(dataDir),
): string {
  return createHash('sha256')
    .update([id, whereIs(eventStoreUrl, file), restoration].filter(Boolean).join(' '))
    .digest('hex')
    .slice(0, 32);
}

function whereIs(eventStoreUrl: string | null, file: string): string {
  if (eventStoreUrl === null) {
    // A copy is another file, and a file that is replaced by a backup too.
    const { ino, birthtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${birthtimeNs}`;
  }
  const [, hosts = ''] = /^[^:]+:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(eventStoreUrl) ?? [];
  return hosts.toLowerCase().split(',').sort().join(',');
}

/** The file of the embedded log. */
export function fileOfLog(dataDir: string): string {
  return join(dataDir, 'events.db');
}
