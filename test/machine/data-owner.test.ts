import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimsTo } from '../../src/machine/data-owner.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the owner of a data directory', () => {
  it('is the one of any file that the service makes, and of no other', () => {
    const directory = temporaryDirectory();
    for (const name of ['deliveries.db', 'jwt_secret', 'sealed.db', 'views-8.db', 'notes.txt'])
      writeFileSync(join(directory.path, name), '');
    const paths = claimsTo(directory.path).map(({ path }) => path);
    const ours = ['deliveries.db', 'jwt_secret', 'sealed.db', 'views-8.db'].map((name) => join(directory.path, name));
    expect(paths).to.deep.equal([...ours, directory.path]);
    directory.remove();
  });
});
