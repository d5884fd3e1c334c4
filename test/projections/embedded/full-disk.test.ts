import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { startOtherProcess } from './fixture.ts';

describe('the embedded read model on a full disk', () => {
  it('refuses writes, still reads, and writes again by itself when there is space', async () => {
    const directory = temporaryDirectory();
    const process = await startOtherProcess(join(directory.path, 'views.db'), 'ulimit -S -f 2048');
    try {
      let number = 0;
      const refusal = await until('a write is refused', async () => {
        number += 1;
        const answer = await process.ask('write', `import-${number}`);
        return answer === 'written' ? null : answer;
      });
      expect(refusal).to.equal('read_model_unavailable');
      expect(number).to.be.above(20);
      expect(await process.ask('write', 'refused')).to.equal('read_model_unavailable');
      expect(await process.ask('get', 'refused')).to.equal('absent');
      expect(await process.ask('get', `import-${number - 1}`)).to.equal('there');
      execFileSync('prlimit', [`--pid=${process.pid}`, '--fsize=unlimited']);
      expect(await process.ask('write', 'refused')).to.equal('written');
      expect(await process.ask('get', 'refused')).to.equal('there');
    } finally {
      await process.end();
      directory.remove();
    }
  });
});
