import pino, { type Logger } from 'pino';
import { secretDecider } from '../../src/commands/secret.ts';
import { userDecider } from '../../src/commands/user.ts';
import { streamName } from '../../src/events/streams.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { readConfig } from '../../src/settings/config.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { type RawAnswer, rawRequest } from './raw-http.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
export const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
export const OTHER_USER = '0b7a5c7e-2f55-4a0e-9c0b-4b7d6f9d2a11';
export const OTHER_ORGANIZATION = 'a3b1f2f0-7d5c-4c58-9d59-6a2f7a6f4f10';
export const JWT_SECRET = 'a secret of the tests, long enough for HS256';

export const IMPORTS = '/api/v1/imports';
export const FORM = 'application/x-www-form-urlencoded';

/** The body of the document's own request. */
export const DOCUMENT_BODY =
  'album_id=5005800000HEXCtAAP&filename=Image456.jpg&import_type=salesforce' +
  '&metadatas[contentDocumentId]=0694I000008HV8MQAW&content_document_id=0694I000008HV8MQAW';

/** The service in this process, on its own embedded stores, reached through a real socket. */
export interface TestService {
  readonly service: Service;
  /** Without a trailing slash. */
  readonly url: string;
  /** The URL of the listener for operators. */
  readonly operationsUrl: string;
  readonly dataDir: string;
  /** A fresh session token; by default of `USER`, who is registered in `ORGANIZATION`. */
  token(user?: string): string;
  /** The `Authorization` header with that token. */
  authorization(user?: string): string;
  /** A request with that header and others. `path` may be a whole URL, as in links. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** A POST of an import, as a form unless its headers say otherwise. */
  post(body: RequestInit['body'], headers?: Record<string, string>, user?: string): Promise<Response>;
  /**
   * A request whose bytes are sent as they are, with that header.
   * @param line the method and the target
   * @param lines further headers
   */
  send(line: string, lines?: readonly string[], body?: string | Buffer): Promise<RawAnswer>;
  register(user: string, organization: string, role?: 'member' | 'operator' | 'worker'): Promise<void>;
  /** Removes a user. */
  remove(user: string): Promise<void>;
  /** Issues a secret to an organization. */
  issueSecret(id: string, organization: string): Promise<string>;
  /** Stops the service and removes its files. */
  stop(): Promise<void>;
}

export async function startTestService(
  env: NodeJS.ProcessEnv = {},
  logger: Logger = pino({ level: 'silent' }),
): Promise<TestService> {
  const directory = temporaryDirectory();
  const config = readConfig({
    ...{ PORT: '0', OPERATIONS_PORT: '0', DATA_DIR: directory.path, JWT_SECRET, IMPORTER: 'off' },
    ...env,
  });
  const service = await startService(config, logger);
  const { services, keys } = service;
  const url = `http://127.0.0.1:${service.address.port}`;
  const operationsUrl = `http://127.0.0.1:${service.operationsAddress?.port}`;

  const test: TestService = {
    service,
    url,
    operationsUrl,
    dataDir: directory.path,
    token: (user = USER) => mintSession(user, Math.floor(Date.now() / 1000), keys.session),
    authorization: (user) => `Token token="${test.token(user)}"`,
    request: (path, init = {}) =>
      fetch(/^https?:/.test(path) ? path : url + path, {
        ...init,
        headers: { Authorization: test.authorization(), ...init.headers },
      }),
    post: (body, headers = {}, user = USER) =>
      test.request(IMPORTS, {
        ...{ method: 'POST', body },
        headers: { 'Content-Type': FORM, Authorization: test.authorization(user), ...headers },
      }),
    send(line, lines = [], body) {
      const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
      const head = [`${line} HTTP/1.1`, 'Host: x', `Authorization: ${test.authorization()}`, ...lines, ...length];
      return rawRequest(url, [Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body ?? '')])]);
    },
    async register(user, organization, role = 'member') {
      const command = { type: 'RegisterUser', organization_id: organization, role } as const;
      await services.execute(userDecider, streamName('user', user), command, contextOf(organization));
    },
    async remove(user) {
      await services.execute(userDecider, streamName('user', user), { type: 'RemoveUser' }, contextOf(ORGANIZATION));
    },
    async issueSecret(id, organization) {
      const command = { type: 'IssueSecret', organization_id: organization } as const;
      await services.execute(secretDecider, streamName('secret', id), command, contextOf(organization));
      return keys.secret(id);
    },
    async stop() {
      await service.stop(1_000);
      directory.remove();
    },
  };
  await services.follower.whenLevel();
  await test.register(USER, ORGANIZATION);
  await test.register(OTHER_USER, OTHER_ORGANIZATION);
  return test;
}

/** A service for all the tests of a `describe`: it starts before the first of them, and stops after the last. */
export function testService(env: NodeJS.ProcessEnv | (() => NodeJS.ProcessEnv) = {}, logger?: Logger): TestService {
  let running: TestService | undefined;

  before(async () => {
    running = await startTestService(typeof env === 'function' ? env() : env, logger);
  });

  after(() => running?.stop());

  return new Proxy({} as TestService, { get: (_none, name) => running?.[name as keyof TestService] });
}

function contextOf(organization: string) {
  return { organization_id: organization, operator: 'test', request_id: 'test' };
}
