import { expect } from 'chai';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { NO_LOG } from '../../src/projections/projector-store.ts';
import { projectInline } from '../support/projected.ts';
import { replacing } from '../support/replacing.ts';
import { until } from '../support/until.ts';
import { following, id } from './following.ts';

describe('the follower, whose views are taken, replaced or thrown away,', () => {
  const test = following();
  const { start, append, projected } = test;

  it('does not change the views of another log, stops, and pauses the inline projector', async () => {
    await append(1);
    const to = { log: 'another log', position: 1n };
    await test.stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    const before = await test.stores.readModel.checkpoint();
    const inline = new InlineProjector(test.stores.readModel);
    const follower = start(test.stores.readModel, inline);
    await until('it stands still', () => follower.status().failure);
    expect(follower.status().failure).to.match(/belong to another event log: .* another log, up to its position 1\./);
    expect(follower.status().failure).to.match(/--adopt/);
    // The answer is folded from the events in hand.
    expect((await projectInline(test.stores.log, inline, `import-${id(1)}`))?.view.id).to.equal(id(1));
    expect(await test.stores.readModel.get('import', id(1))).to.equal(null);
    expect(await test.stores.readModel.checkpoint()).to.deep.equal(before);
  });

  it('does not change views that another log took while it followed, and continues when they are its own again', async () => {
    await append(1);
    const inline = new InlineProjector(test.stores.readModel);
    const follower = start(test.stores.readModel, inline);
    await follower.whenLevel();
    await test.stores.readModel.clear();
    const to = { log: 'another log', position: 0n };
    await test.stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    await until('it stands still', () => /another event log/.test(follower.status().failure ?? ''));
    await append(2);
    await projectInline(test.stores.log, inline, `import-${id(2)}`);
    expect(await test.stores.readModel.page('import', null, 10)).to.deep.equal([]);
    await test.stores.readModel.clear();
    await until('the imports show', async () => (await projected(1)()) && (await projected(2)()));
    await append(3);
    await projectInline(test.stores.log, inline, `import-${id(3)}`);
    expect(await projected(3)()).to.not.equal(null);
  });

  it('continues after a process was stopped while it threw the views away', async () => {
    await append(1);
    const to = { log: NO_LOG, position: 0n };
    await test.stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    start();
    await until('the import shows', projected(1));
    expect((await test.stores.readModel.checkpoint())?.log).to.equal(test.stores.log.id);
  });

  it('begins again when the read model is thrown away while it follows and the log is quiet', async () => {
    await append(1);
    start();
    await until('the import shows', projected(1));
    await test.stores.readModel.clear();
    await until('the import shows again', projected(1));
  });

  for (const [what, isFilled, said] of [
    ['as of no trouble of those that a replay has put in place', true, /^info: .* that a replay has put in place$/],
    ['without a stack of those that were thrown away', false, /^warn of reason: the views were thrown away/],
  ] as const) {
    it(`tells of other views ${what}`, async () => {
      const lines: string[] = [];
      const logger = {
        info: (message: string) => lines.push(`info: ${message}`),
        warn: (fields: object, message: string) => lines.push(`warn of ${Object.keys(fields)}: ${message}`),
      };
      let generation: string | null = null;
      const readModel = replacing(test.stores.readModel, {
        async checkpoint() {
          const checkpoint = await test.stores.readModel.checkpoint();
          return checkpoint && { ...checkpoint, ...(generation !== null && { generation, isFilled }) };
        },
      });
      const follower = start(readModel, new InlineProjector(readModel), logger);
      await append(1);
      await until('it is level', () => follower.status().position === 1n && follower.status().caughtUp);
      const before = lines.length;
      generation = id(7);
      await until('it says so', () => lines.length > before);
      expect(lines[before]).to.match(said);
    });
  }

  it('does not rely on inline projections into a read model that was thrown away since', async () => {
    const inline = new InlineProjector(test.stores.readModel);
    await append(1);
    await projectInline(test.stores.log, inline, `import-${id(1)}`);
    await test.stores.readModel.clear();
    start(test.stores.readModel, inline);
    await until('the import shows again', projected(1));
  });

  it('begins again when the read model was replaced by one at the same position while the log is quiet', async () => {
    await append(1);
    const inline = new InlineProjector(test.stores.readModel);
    const follower = start(test.stores.readModel, inline);
    await follower.whenLevel();
    await test.stores.readModel.clear();
    await test.stores.readModel.write({
      writes: [],
      checkpoint: { from: null, to: { log: test.stores.log.id, position: 1n } },
    });
    let isForgotten = false;
    inline.forget = () => {
      isForgotten = true;
    };
    await until('what was projected inline is forgotten', () => isForgotten);
  });
});
