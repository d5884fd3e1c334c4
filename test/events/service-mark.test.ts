import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { serviceMark } from '../../src/events/service-mark.ts';
import { readConfig } from '../../src/settings/config.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the mark of an installation', () => {
  const log = { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' };

  it('is of the file of the embedded log itself, so that a copy has another one', () => {
    const directory = temporaryDirectory();
    const config = (name: string) => readConfig({ DATA_DIR: join(directory.path, name) });
    mkdirSync(join(directory.path, 'one'));
    writeFileSync(join(directory.path, 'one/events.db'), 'events');
    const mark = serviceMark(config('one'), log);
    writeFileSync(join(directory.path, 'one/events.db'), 'more events');
    expect(serviceMark(config('one'), log)).to.equal(mark);
    cpSync(join(directory.path, 'one'), join(directory.path, 'copy'), { recursive: true });
    expect(serviceMark(config('copy'), log)).not.to.equal(mark);
    expect(serviceMark(config('one'), { id: 'another' })).not.to.equal(mark);
    directory.remove();
  });

  it('is of the hosts of EventStoreDB, in any order and whoever asks', () => {
    const markAt = (url: string) =>
      serviceMark(readConfig({ EVENTSTORE_URL: url, MONGODB_URL: 'mongodb://m/db' }), log);
    const mark = markAt('esdb://one:2113,two:2113?tls=false');
    expect(markAt('esdb://user:secret@Two:2113,one:2113/?tls=true')).to.equal(mark);
    expect(markAt('esdb://one:2113,three:2113?tls=false')).not.to.equal(mark);
  });
});
