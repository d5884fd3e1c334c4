import { type CreateImport, importDecider } from '../../src/commands/import.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';

const create: CreateImport = {
  type: 'CreateImport',
  organization_id: ORGANIZATION,
  import_type: 'salesforce',
  album_id: '5005800000HEXCtAAP',
  params: { album_id: '5005800000HEXCtAAP', import_type: 'salesforce', controller: 'api/v1/imports', action: 'create' },
};

const requested: Fact = {
  type: 'ImportRequested',
  data: {
    organization_id: ORGANIZATION,
    import_type: 'salesforce',
    album_id: '5005800000HEXCtAAP',
    params: create.params,
  },
};

describe('an import', () => {
  it('is requested with what was sent', () => {
    given(importDecider).when(create).then(requested);
  });

  it('asked for again with the same parameters needs nothing more', () => {
    given(importDecider, requested).when(create).then();
  });

  it('asked for again with other parameters is refused', () => {
    const other = { ...create, params: { ...create.params, filename: 'another.jpg' } };
    given(importDecider, requested).when(other).thenRefused('request_differs');
  });

  it('asked for again with the same parameters in another order is refused: it is not the same request', () => {
    const reordered = { ...create, params: Object.fromEntries(Object.entries(create.params).reverse()) };
    given(importDecider, requested).when(reordered).thenRefused('request_differs');
  });

  it('tells apart numbers that a double does not', () => {
    const first = { ...create, params: { n: JSON.parse('1') } };
    const recorded: Fact = {
      type: 'ImportRequested',
      data: { ...requested.data, params: { n: rawNumber('1.0') } },
    } as Fact;
    given(importDecider, recorded).when(first).thenRefused('request_differs');
  });
});

function rawNumber(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}
