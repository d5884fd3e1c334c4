import { reasonOf } from '../../errors/reason-of.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { eventInLine } from '../transfer/event-line.ts';
import { BackupDamaged, type BackupPlace, BackupRefused } from './backup-place.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Progress, readProgress } from './progress.ts';
import { CLOSING_START, closingIn, segmentFile, sha256Of } from './segment.ts';

/** A backup, as far as it was acknowledged when it was opened. */
export interface Backup {
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  readonly progress: Progress;
}

/** @throws {BackupRefused | BackupDamaged | BackupUnavailable} there is none, or nothing was acknowledged yet */
export async function openBackup(place: BackupPlace): Promise<Backup> {
  const manifest = await readManifest(place);
  if (manifest === null) {
    throw new BackupRefused(
      `There is no backup in ${place.address}: backup.json is missing. Name the place that \`imports backup\` wrote to.`,
    );
  }
  const progress = await readProgress(place);
  if (progress === null) {
    throw new BackupRefused(`The backup in ${place.address} has nothing yet: progress.json is missing.`);
  }
  return { place, manifest, progress };
}

/**
 * All events of a backup, in the order of the log, one segment at a time. A segment's events are given after its checksum, its place in the chain and each of
 * its lines were found right.
 * @throws {BackupDamaged} at the first thing that is wrong: it names the file, and the line
 * @throws {BackupUnavailable}
 */
export async function* eventsOfBackup({
  place,
  progress,
}: Backup): AsyncGenerator<readonly RecordedEvent[], void, void> {
  const chain: Chain = { number: 0, upTo: 0n, sha256: null };
  const { closed, open } = progress;
  const names = (await place.segments()).filter((name) => name !== open?.name);
  for (const name of names) {
    if (chain.number >= (closed?.number ?? 0)) break;
    yield await closedSegment(place, name, chain);
  }
  if (chain.number !== (closed?.number ?? 0) || chain.sha256 !== (closed?.sha256 ?? null)) {
    throw new BackupDamaged(
      chain.number === closed?.number
        ? `events: segment ${chain.number} is another one than progress.json says`
        : `events: segment ${chain.number + 1} of ${closed?.number} is missing`,
    );
  }
  if (open !== null) yield await openSegment(place, open, chain);
  if (chain.upTo !== BigInt(progress.up_to)) {
    throw new BackupDamaged(
      `progress.json: it says that there is everything up to position ${progress.up_to}, and the events end at ${chain.upTo}`,
    );
  }
}

/** How far the segments were read. */
interface Chain {
  number: number;
  upTo: bigint;
  sha256: string | null;
}

async function closedSegment(place: BackupPlace, name: string, chain: Chain): Promise<RecordedEvent[]> {
  const file = segmentFile(name);
  const bytes = await there(place, name, null);
  // Its last line, without the line feed at its end.
  const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const lines = bytes.subarray(0, start);
  let closing: ReturnType<typeof closingIn>;
  try {
    closing = closingIn(bytes.toString('utf8', start));
  } catch (error) {
    throw new BackupDamaged(`${file}: its last line does not close it: ${reasonOf(error)}`, error);
  }
  if (closing.number !== chain.number + 1) {
    throw new BackupDamaged(`${file}: it is segment ${closing.number}, and segment ${chain.number + 1} is missing`);
  }
  const found = sha256Of(lines);
  if (found !== closing.sha256)
    throw new BackupDamaged(
      damageIn(file, lines, chain, `its lines have the sha256 ${found}, and not ${closing.sha256}`),
    );
  if (closing.before !== chain.sha256) throw new BackupDamaged(`${file}: it does not follow on the segment before`);
  const events = eventsIn(file, lines, chain);
  if (events.length !== closing.events || chain.upTo !== BigInt(closing.up_to)) {
    throw new BackupDamaged(
      `${file}: it has ${events.length} events up to position ${chain.upTo}, and its last line says ${closing.events} up to ${closing.up_to}`,
    );
  }
  chain.number = closing.number;
  chain.sha256 = closing.sha256;
  return events;
}

async function openSegment(
  place: BackupPlace,
  open: NonNullable<Progress['open']>,
  chain: Chain,
): Promise<RecordedEvent[]> {
  const file = segmentFile(open.name);
  const lines = await there(place, open.name, open.bytes);
  if (lines.length < open.bytes)
    throw new BackupDamaged(`${file}: it has ${lines.length} bytes of the ${open.bytes} that were acknowledged`);
  if (sha256Of(lines) !== open.sha256) {
    throw new BackupDamaged(
      damageIn(file, lines, chain, `its first ${open.bytes} bytes are not those that were acknowledged`),
    );
  }
  return eventsIn(file, lines, chain);
}

async function there(place: BackupPlace, name: string, bytes: number | null): Promise<Buffer> {
  const found = await place.readSegment(name, bytes);
  if (found === null) throw new BackupDamaged(`${segmentFile(name)}: it is missing`);
  return found;
}

/** @throws {BackupDamaged} */
function eventsIn(file: string, lines: Buffer, chain: Chain): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let start = 0, number = 1; start < lines.length; number += 1) {
    const feed = lines.indexOf('\n', start);
    const end = feed === -1 ? lines.length : feed;
    try {
      const line = lines.toString('utf8', start, end);
      if (line.startsWith(CLOSING_START)) throw new Error('it closes the segment, and more follows');
      const event = eventInLine(line);
      if (event.position <= chain.upTo) throw new Error(`position ${event.position} comes after ${chain.upTo}`);
      chain.upTo = event.position;
      events.push(event);
    } catch (error) {
      throw new BackupDamaged(`${file} line ${number}: ${reasonOf(error)}`, error);
    }
    start = end + 1;
  }
  return events;
}

/** Names the line, if it is one that can be told. */
function damageIn(file: string, lines: Buffer, chain: Chain, otherwise: string): string {
  try {
    eventsIn(file, lines, { ...chain });
    return `${file}: ${otherwise}`;
  } catch (error) {
    return reasonOf(error);
  }
}
