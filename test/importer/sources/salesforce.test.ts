import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import tls from 'node:tls';
import { expect } from 'chai';
import type { ImportReason, Params } from '../../../src/events/import-events.ts';
import { ImportFailure } from '../../../src/importer/import-failure.ts';
import { Budgets } from '../../../src/importer/sources/salesforce/budgets.ts';
import { SalesforceSource } from '../../../src/importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from '../../../src/importer/sources/salesforce/sessions.ts';
import type { Fetched } from '../../../src/importer/sources/source.ts';
import { GuardedClient } from '../../../src/outbound/guarded-client.ts';
import { fold } from '../../../src/projections/fold-stream.ts';
import type { ConnectionView } from '../../../src/projections/views.ts';
import { certificateFor } from '../../support/certificate.ts';
import { addresses, destinations } from '../../support/destinations.ts';
import { CONNECTION_ADDED, domainEvent, METADATA } from '../../support/events.ts';
import { type Fetch, fetchFrom } from '../../support/fetched.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { fakeApp } from '../../support/salesforce/app.ts';
import { FakeSalesforce } from '../../support/salesforce/fake-salesforce.ts';
import type { Fault } from '../../support/salesforce/faults.ts';
import { attachment, contentVersion, fakeId } from '../../support/salesforce/files.ts';

const ORGANIZATION = METADATA.organization_id;
const IMAGE = randomBytes(200_000);
const MINUTE_MS = 60_000;

const DOCUMENT: Params = { content_document_id: fakeId('069', 1) };
const ATTACHMENT: Params = { attachment_id: fakeId('00P', 1) };

describe('the source Salesforce', () => {
  const certificate = certificateFor('localhost');
  const known = tls.getCACertificates('default');
  const { app, privateKey } = fakeApp();
  const appKey = { clientId: app.clientId, privateKey: createPrivateKey(privateKey) };
  let salesforce: FakeSalesforce;
  let client: GuardedClient;
  let connection: ConnectionView | null;
  let secret: string | null;
  let budgets: Budgets;
  let source: SalesforceSource;
  let last: Fetch;

  before(() => tls.setDefaultCACertificates([certificate.cert]));
  after(() => tls.setDefaultCACertificates(known));

  /** The connection with other settings. */
  function connect(settings: Partial<typeof CONNECTION_ADDED.data> = {}): ConnectionView {
    const data = { ...CONNECTION_ADDED.data, url: salesforce.url, username: app.username, ...settings };
    const events = [domainEvent(`connection-${ORGANIZATION}`, 0, { type: 'ConnectionAdded', data })];
    return fold('connection', ORGANIZATION, events)?.view as ConnectionView;
  }

  beforeEach(async () => {
    salesforce = await new FakeSalesforce({ tls: certificate, app }).start();
    salesforce.files.push(contentVersion(1, 1, IMAGE), attachment(1, IMAGE));
    const here = destinations({ mayUseLoopback: true, lookUp: async () => addresses('127.0.0.1') });
    client = new GuardedClient(here);
    connection = connect();
    secret = null;
    budgets = new Budgets(90);
    source = newSource();
  });

  afterEach(async () => {
    await client.close();
    await salesforce.stop();
  });

  function newSource(stallMs?: number): SalesforceSource {
    return new SalesforceSource({
      ...{ client, budgets, apiVersion: '68.0', mostBytes: 20_000_000, stallMs },
      sessions: new Sessions({ client, appKey, secretOf: async () => secret }),
      connectionOf: () => connection,
    });
  }

  function fetchIt(params: Params = DOCUMENT, options: Parameters<typeof fetchFrom>[2] = {}): Promise<Fetched> {
    last = fetchFrom(source, { params, organizationId: ORGANIZATION }, options);
    return last.fetched;
  }

  async function failure(params?: Params, options?: Parameters<typeof fetchFrom>[2]): Promise<ImportFailure> {
    const error = await rejectionOf(fetchIt(params, options));
    expect(error).to.be.instanceOf(ImportFailure);
    return error as ImportFailure;
  }

  function pauseMinutes({ trouble }: ImportFailure): number | null {
    return trouble?.until ? Math.ceil((trouble.until.getTime() - Date.now()) / MINUTE_MS) : null;
  }

  describe('fetches', () => {
    it('the latest version of a document', async () => {
      expect(await fetchIt()).to.deep.equal({
        source: {
          ...{ kind: 'salesforce', host: new URL(salesforce.url).host, record: 'ContentVersion' },
          ...{ organization_id: fakeId('00D', 7), user_id: fakeId('005', 7) },
          ...{ record_id: fakeId('068', 1_001), version_number: '1' },
        },
        ...{ filename: 'Picture.png', bytes: IMAGE.length },
        md5: createHash('md5').update(IMAGE).digest('hex'),
      });
      expect(last.bytes().equals(IMAGE)).to.equal(true);
      expect(last.expected).to.deep.equal([IMAGE.length]);
    });

    it('the very version that is named', async () => {
      salesforce.faults.add('new_version', 1);
      await fetchIt();
      const old = await fetchIt({ content_document_id: fakeId('068', 1_001) });
      expect(old.source).to.include({ version_number: '1', record_id: fakeId('068', 1_001) });
      expect((await fetchIt()).source).to.include({ version_number: '2' });
    });

    it('an attachment, of which no checksum is known', async () => {
      const fetched = await fetchIt(ATTACHMENT);
      expect(fetched.source).to.include({ record: 'Attachment', record_id: fakeId('00P', 1), version_number: null });
      expect(fetched).to.include({ filename: 'Picture.png', bytes: IMAGE.length, md5: null });
      expect(last.bytes().equals(IMAGE)).to.equal(true);
    });

    it('by an id without its checksum', async () => {
      expect((await fetchIt({ content_document_id: fakeId('069', 1).slice(0, 15) })).bytes).to.equal(IMAGE.length);
    });

    it('with the secret of the connection', async () => {
      connection = connect({ login: 'client_credentials', username: null, client_id: app.clientId });
      expect(await failure()).to.include({ reason: 'connection_refused' });
      secret = app.secret;
      source = newSource();
      expect((await fetchIt()).bytes).to.equal(IMAGE.length);
    });

    it('a title with its extension only once', async () => {
      salesforce.files.unshift(contentVersion(1, 2, IMAGE, 'Picture.PNG'));
      expect((await fetchIt()).filename).to.equal('Picture.PNG');
    });

    it('and reports each request, without what it asked for and without a token', async () => {
      await fetchIt();
      const { url } = salesforce;
      expect(last.calls.map(({ request, status, error }) => ({ request, status, error }))).to.deep.equal([
        { request: `POST ${url}/services/oauth2/token`, status: 200, error: null },
        { request: `GET ${url}/services/data/v68.0/query`, status: 200, error: null },
        {
          request: `GET ${url}/services/data/v68.0/sobjects/ContentVersion/${fakeId('068', 1_001)}/VersionData`,
          ...{ status: 200, error: null },
        },
      ]);
    });

    it('what the version had when it was asked for, if there is a new one since', async () => {
      salesforce.faults.add('new_version');
      expect((await fetchIt()).source).to.include({ version_number: '1' });
      expect(last.bytes().equals(IMAGE)).to.equal(true);
    });
  });

  describe('logs in', () => {
    it('once for all imports of a connection', async () => {
      await Promise.all([fetchIt(), fetchIt(), fetchIt(ATTACHMENT)]);
      await fetchIt();
      expect(salesforce.loginCount).to.equal(1);
    });

    it('once again for all imports whose token dies in mid-run', async () => {
      await fetchIt();
      salesforce.logins.endAll();
      await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
      expect(salesforce.loginCount).to.equal(2);
      salesforce.faults.add('token_dies', 1);
      await fetchIt();
      expect(salesforce.loginCount).to.equal(3);
    });

    it('only once again: a token that is refused at once pauses the connection', async () => {
      salesforce.faults.add('token_dies');
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/refuses a token that it has just given/);
      expect(salesforce.loginCount).to.equal(2);
    });

    it('not again and again while it is refused', async () => {
      salesforce.faults.add('app_not_found');
      await Promise.all([failure(), failure()]);
      await failure();
      expect(salesforce.loginCount).to.equal(1);
    });

    it('anew with other settings', async () => {
      connection = connect({ username: 'nobody@acme.example' });
      const failed = await failure();
      expect(failed.message).to.match(/user hasn't approved this consumer.*pre-authorize/);
      connection = connect();
      await fetchIt();
      expect(salesforce.loginCount).to.equal(2);
    });

    it('with the audience of the connection, if it has one', async () => {
      salesforce.logins.audience = 'https://login.salesforce.com';
      expect((await failure()).message).to.match(/audience is invalid.*--audience/);
      connection = connect({ audience: 'https://login.salesforce.com' });
      await fetchIt();
    });

    it('to the app of the connection, if it has one of its own', async () => {
      connection = connect({ client_id: 'another app' });
      expect((await failure()).message).to.match(/client identifier invalid.*must be the app's consumer key/);
      connection = connect({ client_id: app.clientId });
      await fetchIt();
    });

    it('and sends the token only to its own host or one of Salesforce', async () => {
      salesforce.instanceUrl = 'https://127.0.0.1:4444';
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/named https:\/\/127\.0\.0\.1:4444 as the place of the API/);
    });
  });

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
        expect(salesforce.asked).to.deep.equal([]);
      });
    }

    it('without a connection: connection_missing', async () => {
      connection = null;
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
        salesforce.faults.add(fault);
        const failed = await failure(params);
        expect(failed).to.include({ reason });
        expect(failed.message).to.match(says);
        expect(pauseMinutes(failed)).to.equal(minutes);
        expect(last.calls.at(-1)?.error === null).to.equal(fault === 'no_rows' || fault === 'external');
      });
    }

    it('at a stall after 5 MB with source_unavailable', async () => {
      salesforce.files.unshift(contentVersion(1, 1, Buffer.alloc(6_000_000, IMAGE)));
      salesforce.faults.add('stall');
      source = newSource(100);
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
      salesforce.files.unshift({
        ...contentVersion(1, 1, IMAGE),
        fields: { ...contentVersion(1, 1, IMAGE).fields, ContentSize: 20_000_001 },
      });
      expect(await failure()).to.include({ reason: 'source_too_large', trouble: null });
      expect(salesforce.asked).to.have.lengthOf(2);
    });

    it('at an unknown version of the API with connection_refused', async () => {
      source = new SalesforceSource({
        ...{ client, budgets, apiVersion: '12.0', mostBytes: 1 },
        sessions: new Sessions({ client, appKey, secretOf: async () => null }),
        connectionOf: () => connection,
      });
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/does not have version 12\.0.*SALESFORCE_API_VERSION/);
    });

    it('if its servers cannot be reached with source_unavailable, and the connection pauses', async () => {
      connection = connect({ url: 'https://localhost:1' });
      const failed = await failure();
      expect(failed).to.include({ reason: 'source_unavailable' });
      expect(pauseMinutes(failed)).to.equal(1);
    });

    it('if the service may not connect there with connection_refused', async () => {
      connection = connect({ url: 'https://10.0.0.7' });
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/may not be connected to: 10\.0\.0\.7 is no address of the public internet/);
    });

    it('with what the sink says', async () => {
      const full = new ImportFailure('storage_unavailable', 'The disk is full.');
      const sink = { bytes: 0, write: () => Promise.reject(full) };
      expect(await failure(DOCUMENT, { sink })).to.equal(full);
      expect(last.calls.at(-1)).to.include({ status: 200, error: 'The disk is full.' });
    });

    it('when it is ended', async () => {
      salesforce.files.unshift(contentVersion(1, 1, Buffer.alloc(6_000_000, IMAGE)));
      salesforce.faults.add('stall');
      const ending = new AbortController();
      const sink = { bytes: 0, write: async () => ending.abort() };
      const failed = await failure(DOCUMENT, { signal: ending.signal, sink });
      expect(failed).to.include({ reason: 'source_unavailable', trouble: null });
      expect(failed.message).to.equal('The download was ended before it was done.');
    });
  });

  describe('gives back what Salesforce says of the bytes', () => {
    it('even if it is wrong: the attempt compares it', async () => {
      salesforce.faults.add('wrong_md5');
      expect((await fetchIt()).md5).to.equal('d41d8cd98f00b204e9800998ecf8427e');
    });

    it('even if the bytes are fewer', async () => {
      salesforce.faults.add('wrong_length');
      expect((await fetchIt()).bytes).to.equal(IMAGE.length);
      expect(last.bytes()).to.have.lengthOf(IMAGE.length - 1);
    });

    it('or null, if it does not say', async () => {
      salesforce.faults.add('null_checksum');
      expect((await fetchIt()).md5).to.equal(null);
    });
  });

  describe('leaves a part of the API requests to others', () => {
    it('and stops when 90 % are used up, and says how many are', async () => {
      salesforce.budget.used = 13_495;
      await fetchIt();
      await fetchIt();
      expect(budgets.all()).to.have.lengthOf(1);
      expect(budgets.of(ORGANIZATION)).to.include({ used: 13_499, most: 15_000 });
      const failed = await failure();
      expect(failed).to.include({ reason: 'limit_exceeded' });
      expect(failed.message).to.match(/^13500 of the organization's 15000 API requests .* from 90 % on/);
      expect(pauseMinutes(failed)).to.equal(30);
    });

    it('and goes on when they are free again', async () => {
      salesforce.budget.used = 14_000;
      await failure();
      salesforce.budget.used = 100;
      await fetchIt();
    });
  });
});
