import { expect } from 'chai';
import { measure } from '../../../src/operations/health/measures.ts';
import { readConfig } from '../../../src/settings/config.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('what does not answer in time', () => {
  const directory = temporaryDirectory();
  after(() => directory.remove());

  const never = new Promise<never>(() => {});
  const told = async (reason: string | null) => {
    const { projection } = await measure(
      readConfig({ DATA_DIR: directory.path, NODE_ENV: 'development' }),
      (awaiting) => {
        if (reason !== null) awaiting.note(reason);
        return awaiting.for('EventStoreDB', never);
      },
      null,
      1,
    );
    return 'error' in projection ? (projection.error as Error).message : null;
  };

  it('is named', async () => {
    expect(await told(null)).to.equal('EventStoreDB did not answer within 1 s');
  });

  it('is named with the reason for which it is waited for, so that what mends it is said', async () => {
    expect(await told('waiting for it: name the file of the CA by tlsCAFile')).to.equal(
      'EventStoreDB did not answer within 1 s: waiting for it: name the file of the CA by tlsCAFile',
    );
  });
});
