import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, UNREADABLE } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';

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
    const { stdin, ended } = runImports(data.env, args, { isAtTerminal: true, columns });
    stdin.end();
    const { code, stdout, stderr } = await ended;
    return { code, lines: stdout.trimEnd().split('\n'), stderr };
  };

  it('have headers at a terminal and are as wide as it is, one line an event', async () => {
    const { lines, stderr } = await at(80, 'events');
    expect(lines[0]).to.match(/^POSITION {2}TIME +STREAM +TYPE +DATA$/);
    expect(lines[1]).to.match(new RegExp(`^1 +${METADATA.occurred_at} +import-[\\w-]+… +ImportRequested +\\{.*…$`));
    expect(lines.slice(0, 3).every((line) => line.length <= 80)).to.equal(true);
    expect(stderr).to.equal('For want of width, without revision, who, organization; --json has everything.\n');
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

  it('are lines with tabs and no header in a pipe', async () => {
    const { stdout } = await imports(data.env, 'events');
    expect(stdout.split('\n')[0]?.split('\t')).to.have.length(8);
    expect(stdout).to.match(/^1\t/);
  });
});
