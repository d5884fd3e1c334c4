import { expect } from 'chai';
import { connectionDecider } from '../../../src/commands/connection.ts';
import { streamName } from '../../../src/events/streams.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { imports } from '../../support/imports.ts';
import {
  asked,
  newCaller,
  outcomeOf,
  type PerformingServices,
  standingOf,
  startPerforming,
} from '../../support/performing-service.ts';
import type { Fault } from '../../support/salesforce/faults.ts';
import { attachment, contentVersion, fakeId } from '../../support/salesforce/files.ts';
import { JWT_SECRET, type TestService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

const DOCUMENT = { content_document_id: fakeId('069', 1) };
const ATTACHMENT = { attachment_id: fakeId('00P', 1) };

/** What becomes of an import: its status, reason and attempts; null: it succeeds. Where an attempt does not count, all of the organization wait. */
const FAULTS: Readonly<Partial<Record<Fault, readonly [status: string, reason: string | null, attempts: number]>>> = {
  app_not_found: ['waiting', 'connection_refused', 0],
  user_has_not_approved: ['waiting', 'connection_refused', 0],
  login_rate_exceeded: ['waiting', 'limit_exceeded', 0],
  login_page: ['waiting', 'source_unavailable', 1],
  login_elsewhere: ['waiting', 'connection_refused', 0],
  total_requests: ['waiting', 'limit_exceeded', 0],
  concurrent_requests: ['waiting', 'limit_exceeded', 0],
  status_420: ['waiting', 'source_unavailable', 1],
  status_503: ['waiting', 'source_unavailable', 1],
  api_disabled: ['waiting', 'connection_refused', 0],
  query_page: ['waiting', 'source_unavailable', 1],
  no_access_to_files: ['failed', 'source_forbidden', 1],
  no_rows: ['failed', 'source_not_found', 1],
  not_found: ['failed', 'source_not_found', 1],
  external: ['failed', 'source_not_found', 1],
  redirect: ['failed', 'source_forbidden', 1],
  page: ['failed', 'not_an_image', 1],
  failure_500: ['waiting', 'source_unavailable', 1],
  reset: ['waiting', 'source_unavailable', 1],
  wrong_md5: ['waiting', 'checksum_mismatch', 1],
  wrong_length: ['waiting', 'checksum_mismatch', 1],
  null_checksum: ['succeeded', null, 1],
};

/** These are of the whole organization. */
const PAUSING = [
  ...(['app_not_found', 'user_has_not_approved', 'login_rate_exceeded', 'login_page', 'login_elsewhere'] as const),
  ...(['total_requests', 'concurrent_requests', 'status_420', 'status_503', 'api_disabled', 'query_page'] as const),
];

describeOnEachStores('an import from Salesforce', (stores) => {
  let performing: PerformingServices;
  let service: TestService;
  let image: Buffer;
  /** Of an organization of its own. */
  let user: string;
  let organization: string;

  before(async () => {
    performing = await startPerforming(stores.env());
    service = await performing.start();
    image = performing.images.bytesOf('a file');
    performing.salesforce.files.push(contentVersion(1, 1, image), attachment(1, image), contentVersion(2, 3, image));
  });

  after(() => performing.stop());

  beforeEach(async () => {
    ({ user, organization } = await newCaller(service));
  });

  afterEach(() => {
    performing.salesforce.faults.clear();
    performing.salesforce.asked.length = 0;
  });

  async function connect(): Promise<void> {
    const settings = {
      ...{ organization_id: organization, url: performing.salesforce.url, login: 'jwt' as const },
      ...{ username: performing.username, audience: null, client_id: null },
    };
    const context = { organization_id: organization, operator: 'test', request_id: 'test' };
    const command = { type: 'AddConnection', settings, hasNewSecret: true } as const;
    await service.service.services.execute(connectionDecider, streamName('connection', organization), command, context);
    await until('it is known', () => service.service.services.connections.standing(organization).kind === 'ready');
  }

  const ask = (params: Record<string, string>) => asked(service, params, user);
  const outcome = async (params: Record<string, string>) => outcomeOf(service, await ask(params), user);
  const course = async (id: string) =>
    (await service.service.services.log.readStream(streamName('import', id))).map(({ type }) => type);
  const bytesOf = async (imageId: string | null) => {
    const headers = { Authorization: service.authorization(user) };
    return Buffer.from(await (await service.request(`/api/v1/images/${imageId}/original`, { headers })).arrayBuffer());
  };

  it('waits until there is a connection, of which no event tells, and then becomes an image', async () => {
    const id = await ask(DOCUMENT);
    expect(await standingOf(service, id, user)).to.include({
      ...{ status: 'waiting', attempts: 0, reason: 'connection_missing', retryable: true, next_attempt_at: null },
    });
    expect(await course(id)).to.deep.equal(['ImportRequested']);
    const cli = { ...performing.env, DATA_DIR: service.dataDir, JWT_SECRET };
    const of = ['--organization', organization, '--url', performing.salesforce.url, '--username', performing.username];
    expect(await imports(cli, 'connections', 'add', ...of)).to.include({ code: 0 });
    const { image_id, status } = await until('it succeeds', async () => {
      const standing = await standingOf(service, id, user);
      return standing.status === 'succeeded' && standing;
    });
    expect(status).to.equal('succeeded');
    expect((await bytesOf(image_id)).equals(image)).to.equal(true);
    expect(await course(id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
  });

  for (const [what, params] of [
    ['the latest version of a document', DOCUMENT],
    ['the very version', { content_document_id: fakeId('068', 2_003) }],
    ['an attachment', ATTACHMENT],
    ['what its import_type says', { ...DOCUMENT, import_type: 'salesforce', url: 'http://127.0.0.1/1.jpg' }],
  ] as const) {
    it(`is ${what}`, async () => {
      await connect();
      const { status, attempts, image_id } = await outcome(params);
      expect([status, attempts]).to.deep.equal(['succeeded', 1]);
      expect((await bytesOf(image_id)).equals(image)).to.equal(true);
    });
  }

  it('fails by a wrong checksum of its id without a call, and without a login', async () => {
    await connect();
    const id = DOCUMENT.content_document_id.slice(0, 15);
    expect(await outcome({ content_document_id: `${id}AAB` })).to.include({
      ...{ status: 'failed', reason: 'source_not_found', retryable: false },
    });
    expect(performing.salesforce.asked).to.deep.equal([]);
  });

  for (const [fault, [status, reason, attempts]] of Object.entries(FAULTS)) {
    it(`at ${fault}: ${status}${reason === null ? '' : `, ${reason}`}`, async () => {
      await connect();
      performing.salesforce.faults.add(fault as Fault);
      const id = await ask(DOCUMENT);
      const standing = await outcomeOf(service, id, user);
      expect(standing).to.include({ status, reason });
      expect(standing.retryable).to.equal(reason === null ? null : status === 'waiting');
      await until('it is recorded', async () => (await course(id)).length === 3);
      expect(await standingOf(service, id, user)).to.include({ status, attempts });
      const isPaused = service.service.services.connections.standing(organization).kind === 'paused';
      expect(isPaused).to.equal(PAUSING.some((one) => one === fault));
    });
  }

  it('is fetched with a new token when its own dies', async () => {
    await connect();
    expect(await outcome(DOCUMENT)).to.include({ status: 'succeeded' });
    performing.salesforce.faults.add('token_dies', 1);
    expect(await outcome(ATTACHMENT)).to.include({ status: 'succeeded', attempts: 1 });
    expect(performing.salesforce.loginCount).to.equal(2);
  });

  it('waits with all others while the connection pauses, and nothing is written of them', async () => {
    await connect();
    performing.salesforce.faults.add('total_requests');
    expect(await outcome(DOCUMENT)).to.include({ reason: 'limit_exceeded' });
    performing.salesforce.asked.length = 0;
    const ids = await Promise.all(Array.from({ length: 5 }, () => ask(DOCUMENT)));
    for (const id of ids) {
      const standing = await standingOf(service, id, user);
      expect(standing).to.include({ status: 'waiting', reason: 'limit_exceeded', attempts: 0 });
      expect(Date.parse(standing.next_attempt_at as string)).to.be.greaterThan(Date.now() + 60 * 60_000);
      expect(await course(id)).to.deep.equal(['ImportRequested']);
    }
    expect(performing.salesforce.asked).to.deep.equal([]);
    performing.salesforce.faults.clear();
    const cli = { ...performing.env, DATA_DIR: service.dataDir, JWT_SECRET };
    const resume = ['connections', 'resume', '--organization', organization, '--reason', 'mended'];
    expect(await imports(cli, ...resume)).to.include({ code: 0 });
    for (const id of ids) {
      await until('it succeeds', async () => (await standingOf(service, id, user)).status === 'succeeded', 20_000);
    }
  });
});
