import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { assertRoomFor, bytesIn, logBytesOf } from '../../../src/operations/restore/room.ts';
import { newStream } from '../../events/new-event.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const MUCH = Number.MAX_SAFE_INTEGER / 2;

describe('the room for what is restored', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  const growth = (bytes: number, there = 0, name = 'not there yet/data') => ({
    folder: join(directory.path, name),
    bytes,
    there: () => there,
  });

  it('is looked at for all that grows on one disk, before there is a folder', () => {
    assertRoomFor([growth(1), growth(1)]);
    expect(() => assertRoomFor([growth(1), growth(MUCH)])).to.throw(
      /^There is not enough room on the disk of .+: \d{9,} MB are needed \(64 MB of them stay free\), and \d+ MB are free\. Nothing was made\./,
    );
  });

  it('is less by what an earlier try has made', () => {
    assertRoomFor([growth(MUCH, MUCH)]);
    writeFileSync(join(directory.path, 'one'), 'four');
    expect([bytesIn(directory.path), bytesIn(join(directory.path, 'one')), bytesIn('/nowhere')]).to.deep.equal([
      4, 4, 0,
    ]);
  });

  it('is that of the file of an embedded log, or a little more', async () => {
    const file = join(directory.path, 'events.db');
    const log = await openEmbeddedLog({ file });
    await Promise.all(
      Array.from({ length: 2_000 }, () => log.append(newStream(), [newEvent(IMPORT_REQUESTED)], 'no_stream')),
    );
    const estimated = logBytesOf(await log.readAll(0n, 2_000));
    await log.close();
    expect(estimated / statSync(file).size).to.be.within(1, 1.5);
  });
});
