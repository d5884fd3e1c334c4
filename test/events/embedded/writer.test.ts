import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { expect } from 'chai';
import { type CheckedLog, checkLog } from '../../../src/events/embedded/check.ts';
import { createLog } from '../../../src/events/embedded/create.ts';
import { holdFile } from '../../../src/events/embedded/file-header.ts';
import { messageOf } from '../../../src/events/embedded/messages.ts';
import { NewestPosition } from '../../../src/events/embedded/newest-position.ts';
import { Writer } from '../../../src/events/embedded/writer.ts';
import { FileWatch } from '../../../src/events/embedded/written-over.ts';
import { newEvent, newStream } from '../new-event.ts';
import { newPlace } from './fixture.ts';

const WAIT_MS = 2_000;

describe('the writer of an embedded log', () => {
  it('asks the file system once for each batch: whether its file is in place, and whether it is written over', () => {
    const { file, remove } = newPlace();
    createLog(file, WAIT_MS);
    const { id } = checkLog(file, WAIT_MS) as CheckedLog;
    const held = holdFile(file);
    const writer = new Writer(file, id, new NewestPosition(file), new FileWatch(file, held.fd), WAIT_MS);
    const { statSync } = fs;
    const put = (stat: typeof statSync) => {
      Object.assign(fs, { statSync: stat });
      syncBuiltinESMExports();
    };
    let asked = 0;
    const counting = (...args: Parameters<typeof statSync>) => {
      asked += 1;
      return statSync(...args);
    };
    try {
      put(counting as typeof statSync);
      for (let batch = 0; batch < 3; batch += 1) {
        expect(writer.append([messageOf(newStream(), [newEvent()], 'no_stream')])[0]).to.have.property('reply');
        writer.checkpoint();
      }
      expect(asked).to.equal(3);
    } finally {
      put(statSync);
      writer.close();
      held.letGo();
      remove();
    }
  });
});
