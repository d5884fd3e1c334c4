import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TlsOptions } from 'node:tls';
import { type Answer, download, error, json, page, redirect } from './answers.ts';
import { type Fault, Faults } from './faults.ts';
import { contentVersion, type FakeFile, fakeId } from './files.ts';
import { type FakeApp, FakeLogins } from './logins.ts';
import { type ApiError, answerTo } from './soql.ts';

/** How the fake is set up. */
export interface FakeOptions {
  readonly tls: TlsOptions;
  readonly app: FakeApp;
  /** Any free one unless set. */
  readonly port?: number;
  /** Makes a file that is not among `files`, by the id in a query or a path; null: there is none. */
  readonly made?: (id: string) => FakeFile | null;
}

const VERSIONS = ['v67.0', 'v68.0'];
const STALLS_AFTER_BYTES = 5 * 1_024 * 1_024;
const USER = fakeId('005', 7);

/** A Salesforce of one organization: a real HTTPS server at `https://localhost:PORT`, which can do what goes wrong at the real one. */
export class FakeSalesforce {
  readonly faults = new Faults();
  readonly files: FakeFile[] = [];
  /** What was asked, such as `GET /services/data/v68.0/query?q=…`, in order; it begins anew after 10,000. */
  readonly asked: string[] = [];
  readonly permissions = { PermissionsApiEnabled: true, PermissionsQueryAllFiles: true, PermissionsViewAllData: true };
  readonly budget = { used: 0, most: 15_000 };
  readonly logins: FakeLogins;
  /** Instead of its own URL. */
  instanceUrl: string | null = null;
  readonly #options: FakeOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: FakeOptions) {
    this.#options = options;
    this.logins = new FakeLogins(options.app);
    this.#server = createServer(options.tls, async (request, response) => {
      response.on('error', () => {});
      const answer = await this.#answerTo(request);
      if (this.budget.used > 0) {
        response.setHeader('Sforce-Limit-Info', `api-usage=${this.budget.used}/${this.budget.most}`);
      }
      answer(response);
    });
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many of the requests were logins. */
  get loginCount(): number {
    return this.asked.filter((line) => line.startsWith('POST ')).length;
  }

  async start(): Promise<this> {
    this.#server.listen(this.#options.port ?? 0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.logins.audience = this.url;
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answerTo(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    if (this.asked.length > 10_000) this.asked.length = 0;
    this.asked.push(`${request.method} ${request.url}`);
    const body = await text(request);
    if (pathname === '/services/oauth2/token') return this.#login(new URLSearchParams(body));
    const [, version = '', path = ''] = /^\/services\/data\/(v[\d.]+)\/(.*)$/.exec(pathname) ?? [];
    if (!VERSIONS.includes(version)) return error(NO_RESOURCE);
    if (this.faults.strikes('token_dies')) this.logins.endAll();
    if (!this.logins.isLoggedIn(request.headers.authorization)) return error(INVALID_SESSION);
    this.budget.used += 1;
    if (this.budget.used > this.budget.most) return error(TOTAL_REQUESTS);
    const fault = this.#first(API_FAULTS);
    if (fault !== null) return fault;
    if (path === 'query') return this.#query(searchParams.get('q') ?? '');
    const [, id] = /^sobjects\/(?:ContentVersion|Attachment)\/(\w+)\/(?:VersionData|Body)$/.exec(path) ?? [];
    return this.#download(this.#with(id ?? '').find(({ fields }) => fields.Id === id));
  }

  #login(form: URLSearchParams): Answer {
    const { status, members } = this.logins.logIn(form, this.instanceUrl ?? this.url);
    return this.#first(LOGIN_FAULTS) ?? json(status, members);
  }

  #query(soql: string): Answer {
    const fault = this.#first(QUERY_FAULTS);
    if (fault !== null) return fault;
    const records = answerTo(soql, (type) => this.#recordsOf(type, soql));
    if (!Array.isArray(records)) return error(records);
    const [first] = records;
    if (first !== undefined && this.faults.strikes('new_version')) this.#addVersion(first.Id);
    const found = this.faults.strikes('no_rows') ? [] : records.map((fields) => this.#spoilt(fields));
    return json(200, { totalSize: found.length, done: true, records: found });
  }

  /** A record, perhaps with something wrong in it. */
  #spoilt(fields: FakeFile['fields']): FakeFile['fields'] {
    if (this.faults.strikes('wrong_md5')) return { ...fields, Checksum: 'd41d8cd98f00b204e9800998ecf8427e' };
    if (this.faults.strikes('null_checksum')) return { ...fields, Checksum: null };
    if (this.faults.strikes('external')) return { ...fields, ContentLocation: 'E', ContentSize: 0, Checksum: null };
    return fields;
  }

  #recordsOf(type: string, soql: string): readonly FakeFile['fields'][] | null {
    if (type === 'UserPermissionAccess') return [this.permissions];
    if (type === 'User') return [{ Id: USER, Username: this.#options.app.username }];
    if (type !== 'ContentVersion' && type !== 'Attachment') return null;
    const [, id = ''] = /'(\w+)'/.exec(soql) ?? [];
    return this.#with(id).flatMap((file) => (file.type === type ? [file.fields] : []));
  }

  /** All files, with the one that is made for this id. */
  #with(id: string): readonly FakeFile[] {
    const made = this.#options.made?.(id) ?? null;
    return made === null ? this.files : [...this.files, made];
  }

  #addVersion(id: unknown): void {
    const at = this.files.findIndex(({ fields }) => fields.Id === id);
    const { fields, bytes } = this.files[at] as FakeFile;
    this.files[at] = { type: 'ContentVersion', fields: { ...fields, IsLatest: false }, bytes };
    const document = Number(String(fields.ContentDocumentId).slice(3, 15));
    this.files.push(contentVersion(document, Number(fields.VersionNumber) + 1, Buffer.from('another image')));
  }

  #download(file: FakeFile | undefined): Answer {
    const fault = this.#first(DOWNLOAD_FAULTS);
    if (file === undefined || fault !== null) return fault ?? error(NOT_FOUND);
    const { bytes } = file;
    if (this.faults.strikes('wrong_length')) return download(bytes.subarray(0, -1));
    if (this.faults.strikes('stall')) return download(bytes, STALLS_AFTER_BYTES, () => {});
    if (!this.faults.strikes('reset')) return download(bytes);
    return download(bytes, Math.floor(bytes.length * 0.9), ({ socket }) => this.#reset(socket?.remotePort));
  }

  /** Resets a connection below its TLS. */
  #reset(port: number | undefined): void {
    for (const socket of this.#sockets) if (socket.remotePort === port) socket.resetAndDestroy();
  }

  #first(faults: { readonly [F in Fault]?: Answer }): Answer | null {
    const found = Object.entries(faults).find(([fault]) => this.faults.strikes(fault as Fault));
    return found?.[1] ?? null;
  }
}

const NO_RESOURCE: ApiError = { status: 404, errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' };
const NOT_FOUND: ApiError = {
  ...NO_RESOURCE,
  message: 'Provided external ID field does not exist or is not accessible',
};
const INVALID_SESSION: ApiError = {
  ...{ status: 401, errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' },
};
const LIMIT = { status: 403, errorCode: 'REQUEST_LIMIT_EXCEEDED' };
const TOTAL_REQUESTS: ApiError = { ...LIMIT, message: 'TotalRequests Limit exceeded.' };

const LOGIN_FAULTS = {
  login_page: page(200),
  login_elsewhere: redirect('https://acme.my.salesforce.com/services/oauth2/token'),
  app_not_found: json(400, {
    ...{ error: 'app_not_found', error_description: 'External client app is not installed in this org' },
  }),
  user_has_not_approved: json(400, {
    ...{ error: 'invalid_grant', error_description: "user hasn't approved this consumer" },
  }),
  login_rate_exceeded: json(400, { error: 'invalid_grant', error_description: 'login rate exceeded' }),
};

const API_FAULTS = {
  total_requests: error(TOTAL_REQUESTS),
  concurrent_requests: error({ ...LIMIT, message: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.' }),
  api_disabled: error({
    ...{ status: 403, errorCode: 'API_DISABLED_FOR_ORG', message: 'API is not enabled for this Organization' },
  }),
  status_420: page(420),
  status_503: page(503),
};

const QUERY_FAULTS = {
  query_page: page(200),
  no_access_to_files: error({
    ...{ status: 400, errorCode: 'INVALID_TYPE', message: "sObject type 'ContentVersion' is not supported." },
  }),
};

const DOWNLOAD_FAULTS = {
  not_found: error(NOT_FOUND),
  redirect: redirect('/apex/IRMControl'),
  page: page(200),
  failure_500: error({ status: 500, errorCode: 'UNKNOWN_EXCEPTION', message: 'An unexpected error occurred.' }),
};
