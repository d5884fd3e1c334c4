import { expect } from 'chai';
import type { Stretch } from '../../../src/subscribers/feed/feed.ts';
import { RecentEvents } from '../../../src/subscribers/feed/recent-events.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, USER_REGISTERED } from '../../support/events.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { NAMING, webhookDisabled } from '../../support/public-events.ts';

const OURS = METADATA.organization_id;
const OTHERS = '11111111-1111-4111-8111-111111111111';

describe('the newest events', () => {
  let log: MemoryLog;
  let recent: RecentEvents;
  const add = async (
    count: number,
    organization = OURS,
    fact: { type: string; data: unknown } = IMPORT_REQUESTED,
    category = 'import-',
  ) => {
    const before = log.events.length;
    const events = Array.from({ length: count }, () => newEvent(fact, { organization_id: organization }));
    await log.append(`${category}3d172b54-f40f-4df9-9342-0b042fac5382`, events);
    recent.add(log.events.slice(before));
  };
  const positions = ({ events }: Stretch) => events.map(({ event }) => Number(event.position));
  const stretchAfter = (position: bigint, scope: string | null = OURS) => recent.after(position, scope) as Stretch;

  beforeEach(() => {
    log = new MemoryLog();
    recent = new RecentEvents(log, NAMING, beginningOf(log));
  });

  it('are those of an organization, or for operators of all, without the private ones', async () => {
    await add(1);
    await add(1, OTHERS);
    await add(1, OURS, USER_REGISTERED);
    await add(1);
    expect(positions(stretchAfter(0n))).to.deep.equal([1, 4]);
    expect(positions(stretchAfter(1n))).to.deep.equal([4]);
    expect(positions(stretchAfter(0n, OTHERS))).to.deep.equal([2]);
    expect(positions(stretchAfter(0n, null))).to.deep.equal([1, 2, 4]);
    expect(stretchAfter(0n, OTHERS)).to.include({ isLevel: true }).and.to.have.nested.property('to.position', 4n);
  });

  it('show only operators what became of an endpoint that sees everything', async () => {
    const { data } = webhookDisabled('everything');
    await add(1, OURS, { type: 'WebhookDisabled', data: JSON.parse(data) }, 'webhook-');
    expect(positions(stretchAfter(0n))).to.deep.equal([]);
    expect(positions(stretchAfter(0n, null))).to.deep.equal([1]);
  });

  it('come in bounded parts, also where an organization has none of them', async () => {
    await add(1_200, OTHERS);
    const first = stretchAfter(0n);
    expect([positions(first), first.to.position, first.isLevel]).to.deep.equal([[], 500n, false]);
    expect(stretchAfter(500n).to.position).to.equal(1_000n);
    expect([stretchAfter(1_000n).to.position, stretchAfter(1_000n).isLevel]).to.deep.equal([1_200n, true]);
  });

  it('come in smaller parts if they are large', async () => {
    await add(6, OURS, {
      ...IMPORT_REQUESTED,
      data: { ...IMPORT_REQUESTED.data, params: { text: 'x'.repeat(400_000) } },
    });
    expect([positions(stretchAfter(0n)), stretchAfter(0n).isLevel]).to.deep.equal([[1, 2, 3], false]);
  });

  it('are one list for all who read the same, until there is a newer one', async () => {
    await add(2);
    expect(stretchAfter(1n)).to.equal(stretchAfter(1n));
    expect(stretchAfter(1n).events[0]).to.equal(stretchAfter(0n).events[1]);
    const before = stretchAfter(1n);
    await add(1);
    expect(positions(stretchAfter(1n))).to.deep.equal([2, 3]);
    expect(stretchAfter(1n).events[0]).to.equal(before.events[0]);
  });

  it('are decoded once, even if they cannot be read', async () => {
    let decoded = 0;
    await add(1, OURS, { type: 'ImportRequested', data: {} });
    const [event] = log.events as [(typeof log.events)[number]];
    recent = new RecentEvents(log, NAMING, beginningOf(log));
    recent.add([
      {
        ...event,
        get data() {
          decoded += 1;
          return '{}';
        },
      },
    ]);
    const before = decoded;
    for (const scope of [OURS, null, OURS]) expect(positions(stretchAfter(0n, scope))).to.deep.equal([]);
    const once = decoded - before;
    await add(1, OTHERS);
    expect(positions(stretchAfter(0n))).to.deep.equal([]);
    expect(decoded - before).to.equal(once);
  });

  it('are kept up to a number and an amount; who is further behind is told', async () => {
    await add(4_000);
    expect(recent.after(0n, OURS)).to.not.equal(null);
    for (let page = 0; page < 8; page += 1) await add(500);
    expect(recent.after(0n, OURS)).to.equal(null);
    expect(positions(stretchAfter(7_999n))).to.deep.equal([8_000]);
    const large = { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, params: { text: 'x'.repeat(1_000_000) } } };
    for (let count = 0; count < 9; count += 1) await add(1, OURS, large);
    expect(recent.after(8_001n, OURS)).to.equal(null);
    expect(positions(stretchAfter(8_008n))).to.deep.equal([8_009]);
  });
});
