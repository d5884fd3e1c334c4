import { importDecider } from '../../src/commands/import.ts';
import type { CreateImport } from '../../src/commands/import-command.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';

const create: CreateImport = {
  type: 'CreateImport',
  organization_id: ORGANIZATION,
  import_type: 'salesforce',
  album_id: '5005800000HEXCtAAP',
  params: { album_id: '5005800000HEXCtAAP', import_type: 'salesforce', controller: 'api/v1/imports', action: 'create' },
  redacted: [],
};

const requested: Fact = {
  type: 'ImportRequested',
  data: {
    organization_id: ORGANIZATION,
    import_type: 'salesforce',
    album_id: '5005800000HEXCtAAP',
    params: create.params,
    redacted: [],
  },
};

describe('an import', () => {
  it('is requested with the parameters that were sent', () => {
    given(importDecider).when(create).then(requested);
  });

  it('needs no event if it is requested again with the same parameters', () => {
    given(importDecider, requested).when(create).then();
  });

  it('is refused if it is requested again with other parameters', () => {
    const other = { ...create, params: { ...create.params, filename: 'another.jpg' } };
    given(importDecider, requested).when(other).thenRefused('request_differs');
  });

  it('needs no event if it is requested again with the same parameters in another order', () => {
    const reordered = { ...create, params: Object.fromEntries(Object.entries(create.params).reverse()) };
    given(importDecider, requested).when(reordered).then();
  });

  it('needs no event if it is requested again with a renewed credential', () => {
    const params = { ...create.params, url: 'https://[FILTERED]@host/' };
    const redacted = ['url'];
    const recorded = { ...requested, data: { ...requested.data, params, redacted } } as Fact;
    given(importDecider)
      .when({ ...create, params, redacted })
      .then(recorded);
    given(importDecider, recorded)
      .when({ ...create, params, redacted })
      .then();
  });
});
