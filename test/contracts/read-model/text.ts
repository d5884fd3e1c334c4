import { expect } from 'chai';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { anEvent, firstOf, importView } from '../../projections/some-views.ts';

/** Text comes back as it was, whatever is in it. */
export function describeText(opened: () => ReadModel): void {
  const write = (...writes: ViewWrite[]) => opened().write({ writes });

  describe('text', () => {
    const TEXTS = {
      'with dots and dollars': '$set.a.$b..',
      'named like a property of every object': '__proto__',
      'with a NUL': 'before\0after',
      'with a lone high surrogate': 'a\ud800b',
      'with a lone low surrogate': '\udc00',
      'beyond the basic plane': '👋🏽 ü e\u0301 \u{10ffff}\uffff',
      'that is a JSON string': '"quoted\\u0000"',
      'that is a quote': '"',
      'that is empty': '',
      'with blanks around': ' \t\r\n x \u00a0',
    };
    for (const [what, text] of Object.entries(TEXTS)) {
      it(`${what} comes back exactly, and only the same text finds it`, async () => {
        const view = importView({ organization_id: 'o', image_id: text, import_type: text, album_id: text });
        await write(firstOf('import', view));
        expect((await opened().get('import', view.id))?.view).to.deep.equal(view);
        const listed = async (having: { album_id?: string; import_type?: string }) =>
          (await opened().list('import', { organizationId: 'o', limit: 9, having })).items;
        expect(await listed({ album_id: text, import_type: text })).to.deep.equal([{ revision: 0, view }]);
        for (const other of Object.values(TEXTS).filter((candidate) => candidate !== text)) {
          expect(await listed({ album_id: other })).to.deep.equal([]);
          expect(await listed({ import_type: other })).to.deep.equal([]);
        }
      });
    }

    it('of params comes back unchanged: the order of keys, big numbers, escapes', async () => {
      const params = `{"b":1,"a":12345678901234567890,"__proto__":{"$x.y":1.50},"t":"\\ud800 \\u0000 é 👋 \\"","":[{}]}`;
      const view = importView({ params });
      await write(firstOf('import', view));
      expect((await opened().get('import', view.id))?.view.params).to.equal(params);
    });

    it('of a reason comes back unchanged', async () => {
      const event = anEvent({ reason: 'no\0, \ud800 "$.a"', type: '__proto__' });
      await opened().write({ writes: [], quarantined: [event] });
      expect(await opened().quarantined()).to.deep.equal([event]);
    });
  });
}
