import { expect } from 'chai';
import { type CausedEvent, causationTrees } from '../../src/history/causation-tree.ts';
import { timelineOf } from '../../src/history/timeline.ts';
import { IMPORT, recorded } from '../support/recorded.ts';

/** An event by its id, its cause and its correlation, as an entry. */
function entry(
  id: string,
  $causationId: string | null,
  $correlationId: string | null = 'c',
  request_id: string | null = 'r',
) {
  return timelineOf([recorded({ id, metadata: { $causationId, $correlationId, request_id } })])[0] as never;
}

/** `a(b c)`: b and c hang under a. */
function drawn(effects: readonly CausedEvent[]): string {
  return effects
    .map(({ entry, effects }) => (effects.length === 0 ? entry.event.id : `${entry.event.id}(${drawn(effects)})`))
    .join(' ');
}

describe('the tree of causes', () => {
  for (const [what, entries, trees] of [
    ['an event under its request', [entry('1', 'c')], ['c: 1']],
    [
      'an event under the event that caused it',
      [entry('1', 'c'), entry('2', '1'), entry('3', '2'), entry('4', '1')],
      ['c: 1(2(3) 4)'],
    ],
    ['requests apart', [entry('1', 'a', 'a'), entry('2', 'b', 'b'), entry('3', 'a', 'a')], ['a: 1 3', 'b: 2']],
    ['an effect in another conversation under its cause', [entry('1', 'a', 'a'), entry('2', '1', 'b')], ['a: 1(2)']],
    ['an event whose cause is missing under its correlation', [entry('1', 'x')], ['c: 1']],
    ['an event without a correlation under its request', [entry('1', 'x', null)], ['r: 1']],
    ['an event without any id under nothing', [entry('1', null, null, null)], ['null: 1']],
    [
      'no event under one that came later, nor under itself',
      [entry('1', '2'), entry('2', '1'), entry('3', '3')],
      ['c: 1(2) 3'],
    ],
  ] as const) {
    it(`has ${what}`, () => {
      expect(causationTrees(entries).map(({ id, effects }) => `${id}: ${drawn(effects)}`)).to.deep.equal(trees);
    });
  }

  it('has the events of one stream in one tree, below its first event where no cause is known', () => {
    const entries = [entry('1', 'a', 'a'), entry('2', 'b', 'b'), entry('3', '2', 'b')];
    const trees = causationTrees(entries, `import-${IMPORT}`);
    expect(trees.map(({ id, effects }) => `${id}: ${drawn(effects)}`)).to.deep.equal(['a: 1(2(3))']);
  });
});
