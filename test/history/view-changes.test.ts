import { expect } from 'chai';
import { changesBetween, fieldsOf } from '../../src/history/view-changes.ts';
import { importView } from '../projections/some-views.ts';

const view = importView({
  image_id: null,
  album_id: 'a"b',
  params: '{"n":1.50,"10":1,"2":12345678901234567890}',
  updated_at: '2026-11-24T09:21:30.095Z',
});

describe('what changes in a view', () => {
  it('is a list of the fields that differ', () => {
    expect(changesBetween(view, { ...view, image_id: 'i', updated_at: '2026-11-25T00:00:00.000Z' })).to.deep.equal([
      { field: 'image_id', before: 'null', after: '"i"' },
      { field: 'updated_at', before: '"2026-11-24T09:21:30.095Z"', after: '"2026-11-25T00:00:00.000Z"' },
    ]);
  });

  it('is nothing if both views are equal, or if there is none before and after', () => {
    expect(changesBetween(view, { ...view })).to.deep.equal([]);
    expect(changesBetween(null, null)).to.deep.equal([]);
  });

  it('is every field if the view is made or removed', () => {
    const begun = changesBetween(null, view);
    expect(begun.map(({ field }) => field)).to.deep.equal(Object.keys(view));
    expect(begun[4]).to.deep.equal({ field: 'album_id', before: null, after: '"a\\"b"' });
    expect(changesBetween(view, null)[4]).to.deep.equal({ field: 'album_id', before: '"a\\"b"', after: null });
  });

  it('has parameters as text, with its numbers and the order of its keys', () => {
    expect(fieldsOf(view).get('params')).to.equal(view.params);
  });
});
