import { expect } from 'chai';
import type { ImportReason, Params } from '../../../../src/events/import-events.ts';
import { ImportFailure } from '../../../../src/importer/import-failure.ts';
import { SalesforceSource } from '../../../../src/importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from '../../../../src/importer/sources/salesforce/sessions.ts';
import type { Fault } from '../../../support/salesforce/faults.ts';
import { contentVersion, fakeId } from '../../../support/salesforce/files.ts';
import { ATTACHMENT, appKey, DOCUMENT, IMAGE, pauseMinutes, salesforceForTests } from './salesforce-for-tests.ts';

describe('the source Salesforce', () => {
  const at = salesforceForTests();
  const { connect, newSource, failure } = at;

  describe('calls nobody', () => {
    for (const [what, params, reason, says] of [
      ['without a parameter', { filename: 'a.png' }, 'source_missing', /neither content_document_id nor attachment_id/],
      [
        'for a wrong checksum',
        { content_document_id: '069000000000001AAB' },
        'source_not_found',
        /checksum, are wrong/,
      ],
      ['for what is no id', { attachment_id: "00P' OR Id!='" }, 'source_not_found', /no id of Salesforce/],
      [
        'for the id of something else',
        { attachment_id: '5005800000HEXCtAAP' },
        'source_not_found',
        /must begin with 00P/,
      ],
      ['for an attachment as a document', { content_document_id: fakeId('00P', 1) }, 'source_not_found', /069 or 068/],
    ] as const) {
      it(`${what}: ${reason}`, async () => {
        const failed = await failure(params);
        expect(failed).to.include({ reason, trouble: null });
        expect(failed.message).to.match(says);
        expect(at.salesforce.asked).to.deep.equal([]);
      });
    }

    it('without a connection: connection_missing', async () => {
      at.connection = null;
      expect(await failure()).to.include({ reason: 'connection_missing', trouble: null });
    });
  });

  /** What becomes of an import at each fault; with the minutes of a pause, the whole connection pauses. */
  const FAULTS: readonly (readonly [Fault, ImportReason, number | null, RegExp, Params?])[] = [
    ['app_not_found', 'connection_refused', 5, /app_not_found.*its own My Domain/],
    ['user_has_not_approved', 'connection_refused', 5, /pre-authorize a permission set/],
    ['login_rate_exceeded', 'limit_exceeded', 60, /login rate exceeded/],
    ['login_page', 'source_unavailable', 1, /the login was answered with 200 and a page in HTML/],
    ['login_elsewhere', 'connection_refused', 5, /redirect \(302\), which is never followed/],
    ['total_requests', 'limit_exceeded', 120, /TotalRequests Limit exceeded/],
    ['concurrent_requests', 'limit_exceeded', 1, /ConcurrentRequests/],
    ['status_420', 'source_unavailable', 1, /answered with 420 and a page in HTML/],
    ['status_503', 'source_unavailable', 1, /answered with 503 and a page in HTML/],
    ['api_disabled', 'connection_refused', 5, /give it the permission API Enabled/],
    ['query_page', 'source_unavailable', 1, /the query was answered with 200 and a page in HTML/],
    ['no_access_to_files', 'source_forbidden', null, /may not read files of this kind/],
    ['no_rows', 'source_not_found', null, /permission Query All Files/],
    ['not_found', 'source_not_found', null, /permission Query All Files/],
    ['external', 'source_not_found', null, /has only a link to them \(ContentLocation E\)/],
    ['redirect', 'source_forbidden', null, /redirect \(302\), which is not followed: a download handler/],
    ['page', 'not_an_image', null, /answered with a page in HTML/],
    ['failure_500', 'source_unavailable', null, /UNKNOWN_EXCEPTION/],
    ['reset', 'source_unavailable', null, /The download at Salesforce failed/],
    ['no_rows', 'source_not_found', null, /permission Query All Files/, ATTACHMENT],
    ['not_found', 'source_not_found', null, /permission Query All Files/, ATTACHMENT],
    ['redirect', 'source_forbidden', null, /a download handler/, ATTACHMENT],
  ];

  describe('fails', () => {
    for (const [fault, reason, minutes, says, params] of FAULTS) {
      const what = minutes === null ? 'only this import' : `and the connection pauses for ${minutes} min`;
      it(`at ${fault}${params === ATTACHMENT ? ' of an attachment' : ''} with ${reason}, ${what}`, async () => {
        at.salesforce.faults.add(fault);
        const failed = await failure(params);
        expect(failed).to.include({ reason });
        expect(failed.message).to.match(says);
        expect(pauseMinutes(failed)).to.equal(minutes);
        expect(at.last.calls.at(-1)?.error === null).to.equal(fault === 'no_rows' || fault === 'external');
      });
    }

    it('at a stall after 5 MB with source_unavailable', async () => {
      at.salesforce.files.unshift(contentVersion(1, 1, Buffer.alloc(6_000_000, IMAGE)));
      at.salesforce.faults.add('stall');
      at.source = newSource(100);
      const counting = {
        bytes: 0,
        async write(piece: Uint8Array) {
          this.bytes += piece.length;
        },
      };
      const failed = await failure(DOCUMENT, { sink: counting });
      expect(failed).to.include({ reason: 'source_unavailable', trouble: null });
      expect(counting.bytes).to.equal(5 * 1_024 * 1_024);
    });

    it('at a file that is too large with source_too_large, without fetching it', async () => {
      at.salesforce.files.unshift({
        ...contentVersion(1, 1, IMAGE),
        fields: { ...contentVersion(1, 1, IMAGE).fields, ContentSize: 20_000_001 },
      });
      expect(await failure()).to.include({ reason: 'source_too_large', trouble: null });
      expect(at.salesforce.asked).to.have.lengthOf(2);
    });

    it('at an unknown version of the API with connection_refused', async () => {
      at.source = new SalesforceSource({
        ...{ client: at.client, budgets: at.budgets, apiVersion: '12.0', mostBytes: 1 },
        sessions: new Sessions({ client: at.client, appKey, secretOf: async () => null }),
        connectionOf: () => at.connection,
      });
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/does not have version 12\.0.*SALESFORCE_API_VERSION/);
    });

    it('if its servers cannot be reached with source_unavailable, and the connection pauses', async () => {
      at.connection = connect({ url: 'https://localhost:1' });
      const failed = await failure();
      expect(failed).to.include({ reason: 'source_unavailable' });
      expect(pauseMinutes(failed)).to.equal(1);
    });

    it('if the service may not connect there with connection_refused', async () => {
      at.connection = connect({ url: 'https://10.0.0.7' });
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/may not be connected to: 10\.0\.0\.7 is no address of the public internet/);
    });

    it('with what the sink says', async () => {
      const full = new ImportFailure('storage_unavailable', 'The disk is full.');
      const sink = { bytes: 0, write: () => Promise.reject(full) };
      expect(await failure(DOCUMENT, { sink })).to.equal(full);
      expect(at.last.calls.at(-1)).to.include({ status: 200, error: 'The disk is full.' });
    });

    it('when it is ended', async () => {
      at.salesforce.files.unshift(contentVersion(1, 1, Buffer.alloc(6_000_000, IMAGE)));
      at.salesforce.faults.add('stall');
      const ending = new AbortController();
      const sink = { bytes: 0, write: async () => ending.abort() };
      const failed = await failure(DOCUMENT, { signal: ending.signal, sink });
      expect(failed).to.include({ reason: 'source_unavailable', trouble: null });
      expect(failed.message).to.equal('The download was ended before it was done.');
    });
  });
});
