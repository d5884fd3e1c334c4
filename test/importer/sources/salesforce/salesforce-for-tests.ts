import { createPrivateKey, randomBytes } from 'node:crypto';
import tls from 'node:tls';
import { expect } from 'chai';
import type { Params } from '../../../../src/events/import-events.ts';
import { ImportFailure } from '../../../../src/importer/import-failure.ts';
import { Budgets } from '../../../../src/importer/sources/salesforce/budgets.ts';
import { SalesforceSource } from '../../../../src/importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from '../../../../src/importer/sources/salesforce/sessions.ts';
import type { Fetched } from '../../../../src/importer/sources/source.ts';
import { GuardedClient } from '../../../../src/outbound/guarded-client.ts';
import { fold } from '../../../../src/projections/fold-stream.ts';
import type { ConnectionView } from '../../../../src/projections/views.ts';
import { certificateFor } from '../../../support/certificate.ts';
import { addresses, destinations } from '../../../support/destinations.ts';
import { CONNECTION_ADDED, domainEvent, METADATA } from '../../../support/events.ts';
import { type Fetch, fetchFrom } from '../../../support/fetched.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { fakeApp } from '../../../support/salesforce/app.ts';
import { FakeSalesforce } from '../../../support/salesforce/fake-salesforce.ts';
import { attachment, contentVersion, fakeId } from '../../../support/salesforce/files.ts';

export const ORGANIZATION = METADATA.organization_id;
export const IMAGE = randomBytes(200_000);
const MINUTE_MS = 60_000;

export const DOCUMENT: Params = { content_document_id: fakeId('069', 1) };
export const ATTACHMENT: Params = { attachment_id: fakeId('00P', 1) };

const { app, privateKey } = fakeApp();

export { app };
export const appKey = { clientId: app.clientId, privateKey: createPrivateKey(privateKey) };

const certificate = certificateFor('localhost');

/** A Salesforce with an image and a source that fetches from it, anew for each test of one `describe`. */
export function salesforceForTests(): SalesforceForTests {
  const known = tls.getCACertificates('default');
  const at = new SalesforceForTests();
  before(() => tls.setDefaultCACertificates([certificate.cert]));
  after(() => tls.setDefaultCACertificates(known));
  beforeEach(async () => {
    at.salesforce = await new FakeSalesforce({ tls: certificate, app }).start();
    at.salesforce.files.push(contentVersion(1, 1, IMAGE), attachment(1, IMAGE));
    const here = destinations({ mayUseLoopback: true, lookUp: async () => addresses('127.0.0.1') });
    at.client = new GuardedClient(here);
    at.connection = at.connect();
    at.secret = null;
    at.budgets = new Budgets(90);
    at.source = at.newSource();
  });
  afterEach(async () => {
    await at.client.close();
    await at.salesforce.stop();
  });
  return at;
}

class SalesforceForTests {
  salesforce!: FakeSalesforce;
  client!: GuardedClient;
  connection: ConnectionView | null = null;
  secret: string | null = null;
  budgets!: Budgets;
  source!: SalesforceSource;
  /** What was fetched last. */
  last!: Fetch;

  /** The connection with other settings. */
  connect = (settings: Partial<typeof CONNECTION_ADDED.data> = {}): ConnectionView => {
    const data = { ...CONNECTION_ADDED.data, url: this.salesforce.url, username: app.username, ...settings };
    const events = [domainEvent(`connection-${ORGANIZATION}`, 0, { type: 'ConnectionAdded', data })];
    return fold('connection', ORGANIZATION, events)?.view as ConnectionView;
  };

  newSource = (stallMs?: number): SalesforceSource => {
    const { client, budgets } = this;
    return new SalesforceSource({
      ...{ client, budgets, apiVersion: '68.0', mostBytes: 20_000_000, stallMs },
      sessions: new Sessions({ client, appKey, secretOf: async () => this.secret }),
      connectionOf: () => this.connection,
    });
  };

  fetchIt = (params: Params = DOCUMENT, options: Parameters<typeof fetchFrom>[2] = {}): Promise<Fetched> => {
    this.last = fetchFrom(this.source, { params, organizationId: ORGANIZATION }, options);
    return this.last.fetched;
  };

  failure = async (params?: Params, options?: Parameters<typeof fetchFrom>[2]): Promise<ImportFailure> => {
    const error = await rejectionOf(this.fetchIt(params, options));
    expect(error).to.be.instanceOf(ImportFailure);
    return error as ImportFailure;
  };
}

export function pauseMinutes({ trouble }: ImportFailure): number | null {
  return trouble?.until ? Math.ceil((trouble.until.getTime() - Date.now()) / MINUTE_MS) : null;
}
