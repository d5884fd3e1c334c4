import { expect } from 'chai';
import type { Context } from '../../src/cli/context.ts';
import { Table } from '../../src/cli/table.ts';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, UNREADABLE, USER_REGISTERED } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { VIEWS_FILE } from '../support/stores.ts';

describe('tables of the command line', () => {
  let data: EmbeddedData;
  const stream = `import-${newId()}`;

  before(async () => {
    data = embeddedData();
    await data.append(stream, newEvent(IMPORT_REQUESTED));
    await data.append(`import-${newId()}`, newEvent(UNREADABLE));
  });

  after(() => data.remove());

  const at = async (columns: number, ...args: string[]) => {
    // Without the line of progress, which a slow machine would show.
    const { stdin, ended } = runImports({ ...data.env, TERM: 'dumb' }, args, { isAtTerminal: true, columns });
    stdin.end();
    const { code, stdout, stderr } = await ended;
    return { code, lines: stdout.trimEnd().split('\n'), stderr };
  };

  it('have headers at a terminal and are as wide as it is, one line an event', async () => {
    const { lines, stderr } = await at(80, 'events');
    expect(lines[0]).to.match(/^POSITION {2}STREAM +TYPE$/);
    expect(lines[1]).to.match(new RegExp(`^1 +${stream} +ImportRequested$`));
    expect(lines.slice(0, 3).every((line) => line.length <= 80)).to.equal(true);
    expect(stderr).to.equal(
      'For want of width, without time, revision, who, organization, data; --json has everything.\n',
    );
  });

  it('never cut whose event it is: with more width come the time, and who it was, and then the data', async () => {
    const user = `user ${METADATA.user_id}`;
    const withTime = (await at(110, 'events')).lines;
    expect(withTime[0]).to.match(/^POSITION +TIME +STREAM +TYPE$/);
    expect(withTime[1]).to.match(new RegExp(`^1 +${METADATA.occurred_at} +${stream} +ImportRequested$`));
    const withData = (await at(160, 'events')).lines;
    expect(withData[0]).to.match(/^POSITION +TIME +STREAM +TYPE +WHO +DATA$/);
    expect(withData[1]).to.match(new RegExp(` ${stream} +ImportRequested +${user} +\\{.*…$`));
  });

  it('tell of an event that cannot be read on a line below it', async () => {
    const { lines } = await at(80, 'events');
    expect(lines).to.have.length(4);
    expect(lines[3]).to.match(/^ {2}! event 0 of import-/);
  });

  it('have every column and nothing cut where the terminal is wide', async () => {
    const { lines, stderr } = await at(1_000, 'events');
    expect(lines[0]).to.match(/^POSITION +TIME +STREAM +REVISION +TYPE +WHO +ORGANIZATION +DATA$/);
    expect(lines[1]).to.match(new RegExp(`${stream}  0 +ImportRequested +user `));
    expect(stderr).to.equal('');
  });

  it('fit into the narrowest terminal', async () => {
    for (const columns of [1, 10, 20, 40]) {
      const { code, lines } = await at(columns, 'events');
      expect(code).to.equal(0);
      expect(lines.length).to.equal(4);
    }
    expect((await at(40, 'events')).lines.slice(0, 3).every((line) => line.length <= 40)).to.equal(true);
  });

  it('have ids that can be copied, and say which columns there is no room for', async () => {
    const user = newId();
    await data.append(`user-${user}`, newEvent(USER_REGISTERED));
    const { lines, stderr } = await at(80, 'users', 'list');
    expect(lines).to.deep.equal([
      'ID                                    ORGANIZATION ID         ROLE    REMOVED AT',
      `${user}  2cb9eb0f-038c-4fa9-a4…  member  -`,
    ]);
    expect(stderr).to.equal('For want of width, without registered at; --json has everything.\n');
    expect((await at(40, 'users', 'list')).lines).to.deep.equal(['ID', user]);
  });

  it('have differences that verify finds below their headers, with the values uncut', async () => {
    await data.project();
    data.sql(VIEWS_FILE, "UPDATE users SET role = 'operator'");
    const { lines } = await at(80, 'verify', '--all');
    const from = lines.findIndex((line) => line.includes('STREAM'));
    expect(lines[from]).to.match(/STREAM +DIFFERENCE$/);
    expect(lines.slice(from + 1).join('\n')).to.match(
      /user-\S{36} +different\n {2}role: in the log's fold "member", in the read model "operator"/,
    );
  });

  it('count wide characters as two, and cut between characters', async () => {
    const printed: string[] = [];
    const context = { width: 16, write: async (text: string) => void printed.push(text), say: () => {} };
    const table = new Table(context as unknown as Context, [{ name: 'a' }, { name: 'b' }]);
    await table.print([
      ['日本語のアルバム', '🦊🦊🦊🦊'],
      ['e\u0301', 'plain'],
    ]);
    expect(printed.join('').split('\n')).to.deep.equal(['A        B', '日本語…  🦊🦊🦊…', 'e\u0301        plain', '']);
  });

  it('widen for later rows as far as there is room', async () => {
    const printed: string[] = [];
    const context = { width: 80, write: async (text: string) => void printed.push(text), say: () => {} };
    const table = new Table(context as unknown as Context, [{ name: 'what' }]);
    for (const what of ['gap', 'undecodable']) await table.print([[what]]);
    expect(printed.join('')).to.equal('WHAT\ngap\nundecodable\n');
  });

  it('have what belongs to a row below it, at a terminal and in a pipe', async () => {
    for (const [width, line] of [
      [80, '  at  ms'],
      [null, '  at\tms'],
    ] as const) {
      const printed: string[] = [];
      const context = { width, write: async (text: string) => void printed.push(text), say: () => {} };
      await new Table(context as unknown as Context, [{ name: 'id' }]).print([['1'], ['2']], [['at\tms'], []]);
      expect(printed.join('').split('\n').slice(-4)).to.deep.equal(['1', line, '2', '']);
    }
  });

  it('are lines with tabs and no header in a pipe', async () => {
    const { stdout } = await imports(data.env, 'events');
    expect(stdout.split('\n')[0]?.split('\t')).to.have.length(8);
    expect(stdout).to.match(/^1\t/);
  });
});
