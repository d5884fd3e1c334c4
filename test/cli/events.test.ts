import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';

describe('npx imports events', () => {
  let data: EmbeddedData;
  const stream = `import-${newId()}`;
  const events = (...args: string[]) => imports(data.env, 'events', ...args);

  before(async () => {
    data = embeddedData();
    await data.append(stream, newEvent(IMPORT_REQUESTED));
    await data.append('user-elsewhere', { ...newEvent(IMPORT_REQUESTED), type: 'OfANewerRelease' });
  });

  after(() => data.remove());

  for (const [what, args, said] of [
    [
      'a mistyped type',
      ['--type', 'ImportRequestd'],
      'No event is of the type ImportRequestd. Did you mean ImportRequested?',
    ],
    [
      'one in other letters',
      ['--type', 'userremoved'],
      'No event is of the type userremoved. Did you mean UserRemoved?',
    ],
    ['a type like no other', ['--type', 'Frobnicated\u001b'], 'No event is of the type Frobnicated\\u{1b}.'],
    ['another stream', ['--stream', 'import-1'], 'There is no event of the stream import-1.'],
    ['another organization', ['--organization', newId()], /^No event is of organization [\w-]{36}\.$/],
  ] as const) {
    it(`say that no event has ${what}`, async () => {
      const ended = await events(...args);
      expect(ended).to.include({ code: 4, stdout: '' });
      expect(ended.stderr.trimEnd()).to.match(typeof said === 'string' ? new RegExp(`^${RegExp.escape(said)}$`) : said);
    });
  }

  it('take a type that only a newer release knows, and say so if nothing matches', async () => {
    expect(await events('--type', 'OfANewerRelease')).to.include({ code: 0, stderr: '' });
    const nothing = await events('--type', 'UserRemoved', '--stream', stream);
    expect(nothing).to.deep.equal({ code: 0, stdout: '', stderr: 'No event matches.\n' });
  });
});
