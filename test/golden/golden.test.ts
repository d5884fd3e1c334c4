import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { eventSchemas } from '../../src/events/event-types.ts';
import { viewOf } from '../../src/projections/fold.ts';
import { fold } from '../../src/projections/fold-stream.ts';
import { shapesOf } from '../../src/projections/views/declare-view.ts';
import { VIEWS_VERSION, views } from '../../src/projections/views.ts';
import { goldenLog as log } from './golden-log.ts';

/**
 * What the views of the golden log are, and how they lie in the stores, is kept by the number
 * of the version. A change that makes them otherwise needs a new number, and a new file beside the old ones: `UPDATE_GOLDEN=1` prints it.
 */
function textOf(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

describe('the golden log', () => {
  it('has every type of event', () => {
    expect(new Set(log.map(({ type }) => type))).to.have.all.keys(...Object.keys(eventSchemas));
  });

  it(`gives the views that version ${VIEWS_VERSION} has given from its first day on, in the same shape`, () => {
    const folded = Array.from(
      Map.groupBy(log, ({ stream }) => stream),
      ([stream, events]) => {
        const view = viewOf(stream);
        return view && { stream, ...fold(view.kind, view.id, events) };
      },
    ).filter((view) => view !== null);
    const actual = JSON.parse(JSON.stringify({ views: folded, shapes: shapesOf(views) }));
    const file = `views-${VIEWS_VERSION}.json`;
    if (process.env.UPDATE_GOLDEN) console.log(JSON.stringify(actual, null, 2));
    expect(existsSync(new URL(file, import.meta.url)), `${file} is kept`).to.equal(true);
    expect(actual).to.deep.equal(JSON.parse(textOf(file)));
  });
});
