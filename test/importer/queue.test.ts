import { expect } from 'chai';
import { type Candidate, type Closed, ImportQueue } from '../../src/importer/queue.ts';
import type { Lane } from '../../src/projections/views/import-view.ts';
import type { Queued, QueuePlace } from '../../src/projections/work-queries.ts';
import { timeText } from '../../src/time/clock.ts';

const LOG = 'log';

describe('the queue of imports', () => {
  let nowMs: number;
  let waiting: (Queued & { readonly lane: Lane })[];
  let questions: string[];
  let busy: Set<string>;
  let closed: Map<string, Closed>;
  let queue: ImportQueue;

  const work = {
    async organizationsWithWork({ lane }: { lane: Lane }, until: string) {
      questions.push(`who in ${lane}`);
      const due = waiting.filter((each) => each.lane === lane && each.dueAt <= until);
      const organizations = [...new Set(due.map(({ organizationId }) => organizationId))].sort();
      return { organizations, next: null };
    },
    async due(
      { lane }: { lane: Lane },
      organizationId: string,
      until: string,
      after: QueuePlace | null,
      limit: number,
    ): Promise<Queued[]> {
      questions.push(`${lane} of ${organizationId}`);
      const place = ({ dueAt, id }: QueuePlace) => `${dueAt} ${id}`;
      return waiting
        .filter((each) => each.lane === lane && each.organizationId === organizationId && each.dueAt <= until)
        .filter((each) => after === null || place(each) > place(after))
        .sort((one, other) => (place(one) < place(other) ? -1 : 1))
        .slice(0, limit);
    },
  };

  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 1);
    [waiting, questions, busy, closed] = [[], [], new Set(), new Map()];
    queue = new ImportQueue({
      ...{ work, log: LOG, lanes: ['none', 'url', 'salesforce', 'sealed'], clock: { now: () => nowMs } },
      isBusy: (id) => busy.has(id),
      closed: (organizationId, lane) => closed.get(`${lane} of ${organizationId}`) ?? null,
    });
  });

  const add = (organizationId: string, ids: readonly string[], lane: Lane = 'url', inMs = 0) => {
    for (const id of ids) {
      waiting.push({ id, organizationId, lane, dueAt: timeText(nowMs + inMs), expiresAt: timeText(nowMs + 1e9) });
    }
  };
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}${String(index).padStart(3, '0')}`);
  const always = () => true;
  const next = async (hasRoom = always as (organizationId: string) => boolean) =>
    (await queue.next(hasRoom))?.importId ?? null;
  /** All that come, taken as a worker does: they wait no more. */
  async function take(most = 1_000, hasRoom = always as (organizationId: string) => boolean): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < most) {
      const id = await next(hasRoom);
      if (id === null) break;
      taken.push(id);
      waiting = waiting.filter((each) => each.id !== id);
    }
    return taken;
  }

  it('takes one organization after the other, however much one of them has', async () => {
    add('a', numbered('a', 200));
    add('b', ['b0', 'b1']);
    add('c', ['c0']);
    await queue.poll();
    expect(await take(8)).to.deep.equal(['a000', 'b0', 'c0', 'a001', 'b1', 'a002', 'a003', 'a004']);
    expect(await take()).to.have.length(195);
  });

  it('takes one lane of an organization after the other', async () => {
    add('a', ['u0', 'u1'], 'url');
    add('a', ['s0', 's1'], 'salesforce');
    await queue.poll();
    expect(await take()).to.deep.equal(['u0', 's0', 'u1', 's1']);
  });

  it('lets an organization whose imports were found last have its turn, though others have more than enough', async () => {
    for (const name of ['a', 'b', 'c']) add(name, numbered(name, 100));
    await queue.poll();
    const first = await take(30);
    for (const name of ['a', 'b', 'c']) expect(first.filter((id) => id.startsWith(name))).to.have.length(10);
  });

  it('passes over organizations that have no room, and comes back to them', async () => {
    add('a', ['a0', 'a1']);
    add('b', ['b0']);
    await queue.poll();
    expect(await take(9, (organization) => organization !== 'a')).to.deep.equal(['b0']);
    expect(queue.nextMs((organization) => organization !== 'a')).to.equal(null);
    expect(await take()).to.deep.equal(['a0', 'a1']);
  });

  it('asks nothing while nothing is due, and again only when it was told', async () => {
    expect(await next()).to.equal(null);
    expect(questions).to.deep.equal([]);
    add('a', ['a0']);
    expect(await next()).to.equal(null);
    queue.noteDue('a', nowMs, ['url']);
    expect(await take()).to.deep.equal(['a0']);
    expect(questions).to.deep.equal(['url of a']);
    expect(await next()).to.equal(null);
    expect(questions).to.have.length(1);
  });

  it('asks again when something is due that was not yet', async () => {
    queue.noteDue('a', nowMs + 10_000);
    queue.noteDue('a', nowMs + 20_000);
    expect(queue.nextMs(always)).to.equal(nowMs + 10_000);
    add('a', ['a0'], 'url', 10_000);
    expect(await next()).to.equal(null);
    nowMs += 10_000;
    expect(await next()).to.equal('a0');
  });

  it('reads few of many at once, and each of them once', async () => {
    add('a', numbered('a', 100));
    await queue.poll();
    questions = [];
    expect(await take()).to.deep.equal(numbered('a', 100));
    expect(questions).to.have.length(4);
  });

  it('passes over those that are busy, wherever they are', async () => {
    add('a', numbered('a', 100));
    for (const id of numbered('a', 99)) busy.add(id);
    await queue.poll();
    expect(await take()).to.deep.equal(['a099']);
    expect(queue.nextMs(always)).to.equal(null);
  });

  it('drops what somebody else has', async () => {
    add('a', ['a0', 'a1', 'a2']);
    await queue.poll();
    expect(await next()).to.equal('a0');
    queue.drop('a', 'a1');
    expect(await next()).to.equal('a2');
  });

  it('takes nothing from a lane that is closed, until it may be open again', async () => {
    add('a', numbered('s', 40), 'salesforce');
    add('a', ['u0'], 'url');
    await queue.poll();
    expect(await take(3)).to.deep.equal(['u0', 's000', 's001']);
    closed.set('salesforce of a', { untilMs: nowMs + 60_000 });
    expect(await next()).to.equal(null);
    expect(queue.nextMs(always)).to.equal(nowMs + 60_000);
    questions = [];
    await queue.poll();
    expect(await next()).to.equal(null);
    expect(questions.filter((question) => question === 'salesforce of a')).to.deep.equal([]);
    closed.set('salesforce of a', { untilMs: null });
    nowMs += 60_000;
    expect(await next()).to.equal(null);
    expect(queue.nextMs(always)).to.equal(null);
    closed.clear();
    queue.reconsider('a', 'salesforce');
    expect(await take()).to.have.length(38);
  });

  it('reads what is not performed here once', async () => {
    add('a', numbered('old', 100));
    await queue.poll();
    for (;;) {
      const candidate = await queue.next(always);
      if (candidate === null) break;
      queue.pass(candidate);
    }
    add('a', ['new'], 'url', 1);
    nowMs += 1;
    questions = [];
    await queue.poll();
    expect(await take()).to.deep.equal(['new']);
    expect(questions.filter((question) => question === 'url of a')).to.have.length(1);
  });

  it('looks again at what it passed if nobody knows what became of one', async () => {
    add('a', ['a0', 'a1']);
    await queue.poll();
    const [first, second] = [await queue.next(always), await queue.next(always)];
    queue.pass(second as Candidate);
    queue.doubt(first as Candidate);
    expect(await next()).to.equal('a0');
  });

  it('offers what is known to be due in turn with the rest, once', async () => {
    add('b', ['b0', 'b1']);
    await queue.poll();
    const lost = { importId: 'l', organizationId: 'a', lane: 'running', lostClaim: 3, place: null } as const;
    queue.offer(lost);
    queue.offer(lost);
    expect(await take()).to.deep.equal(['b0', 'l', 'b1']);
  });

  it('asks again after the read model was away', async () => {
    add('a', ['a0']);
    queue.noteDue('a', nowMs, ['url']);
    const { due } = work;
    work.due = () => Promise.reject(new Error('away'));
    expect(await queue.next(always).catch(({ message }) => message)).to.equal('away');
    work.due = due;
    expect(await next()).to.equal('a0');
  });
});
