import { expect } from 'chai';
import pLimit from 'p-limit';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../../support/events.ts';
import { World } from './world/world.ts';

const SECOND = 1_000;
const MEGABYTE = 1_048_576;

describe('the engine of webhooks and large bodies', () => {
  it('makes each body only when it is the turn of the organization', async () => {
    const world = new World();
    const waiting: { readonly of: string; readonly letIn: () => void }[] = [];
    world.inTurn = async (of, work) => {
      await new Promise<void>((letIn) => waiting.push({ of, letIn }));
      return work();
    };
    await world.register();
    world.publish('a', 'b');
    await world.start();
    await world.pass(SECOND);
    expect([world.sent, waiting.map((one) => one.of)]).to.deep.equal([[], Array(2).fill(METADATA.organization_id)]);
    waiting[0]?.letIn();
    await world.pass(SECOND);
    expect(world.sent).to.deep.equal(['a']);
  });

  it('holds no more than 64 MB of bodies, and one of each endpoint, though all are due at once after a restart', async () => {
    const world = new World();
    const one = pLimit(1);
    world.inTurn = (_of, work) => one(work);
    world.receive = () => 'hangs';
    for (let endpoint = 0; endpoint < 3; endpoint += 1) await world.register();
    const data = { ...IMPORT_REQUESTED.data, params: { note: 'x'.repeat(MEGABYTE) } };
    for (let index = 0; index < 32; index += 1) {
      world.memory.append(world.streamOf(`import${index}`), [newEvent({ ...IMPORT_REQUESTED, data })], 'any');
    }
    await world.start('one');
    await world.pass(SECOND);
    world.kill('one');
    world.ended.add('one');
    await world.start('two');
    await world.pass(5 * SECOND);
    expect(world.posted.filter(({ node }) => node === 'two').length).to.be.within(60, 64 + 3);
  }).timeout(20_000);
});
