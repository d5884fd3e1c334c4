import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { BadConfig } from '../../src/errors/bad-config.ts';
import { readConfig } from '../../src/settings/config.ts';
import { JWT_SECRET } from '../support/service.ts';

const WEAK = '0'.repeat(32);
const modeOf = (env: NodeJS.ProcessEnv) => (readConfig(env).production ? 'production' : 'development');

describe('the mode', () => {
  for (const [env, mode] of [
    [{}, 'development'],
    [{ HOST: 'localhost' }, 'development'],
    [{ HOST: '::1' }, 'development'],
    [{ HOST: '127.9.9.9' }, 'development'],
    [{ NODE_ENV: '', JWT_SECRET: '' }, 'development'],
    [{ NODE_ENV: 'development', HOST: '0.0.0.0' }, 'development'],
    [{ NODE_ENV: 'development', JWT_SECRET }, 'development'],
    [{ NODE_ENV: 'development', JWT_SECRET: WEAK }, 'development'],
    [{ JWT_SECRET }, 'production'],
    [{ JWT_SECRET, HOST: '0.0.0.0' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'production' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'staging' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'Development' }, 'production'],
  ] as const) {
    it(`of ${JSON.stringify(env).replace(JWT_SECRET, '…')} is ${mode}`, () => {
      expect(modeOf(env)).to.equal(mode);
    });
  }

  for (const [env, says] of [
    [{ NODE_ENV: 'production' }, /JWT_SECRET is required in production: at least 32 bytes; `openssl/],
    [
      { NODE_ENV: 'staging' },
      /required in production: .* makes one\. To try the service out, set NODE_ENV=development/,
    ],
    [{ HOST: '0.0.0.0' }, /required if HOST is not loopback: .* NODE_ENV=development/],
    [{ HOST: '::' }, /required if HOST is not loopback/],
    [{ HOST: '127.0.0.1.example.com' }, /required if HOST is not loopback/],
    [{ JWT_SECRET: WEAK }, /JWT_SECRET is easy to guess: .* makes one\. To try the service out/],
    [{ JWT_SECRET: WEAK, NODE_ENV: 'production' }, /JWT_SECRET is easy to guess: [^.]*makes one$/],
  ] as const) {
    it(`cannot be chosen by ${JSON.stringify(env)}, and the error says what to do`, () => {
      expect(() => readConfig(env)).to.throw(says);
    });
  }

  it('does not matter if the secret is too short, which is reported once', () => {
    expect(() => readConfig({ JWT_SECRET: 'short', NODE_ENV: 'production' })).to.throw(/^[^\n]*\n[^\n]*$/);
  });
});

describe('a JWT_SECRET in production', () => {
  const read = (secret: string) => readConfig({ NODE_ENV: 'production', JWT_SECRET: secret });

  for (const secret of [
    WEAK,
    'x'.repeat(500),
    `${'a'.repeat(40)}b`,
    'password'.repeat(4),
    `${'password'.repeat(8)}!`,
    'changeme-changeme-changeme-changeme',
    'secret-secret-secret-secret-secret',
    'your-256-bit-secret-your-256-bit-secret',
    '0123456789'.repeat(4),
    '9876543210'.repeat(4),
    '0123456789abcdef'.repeat(8),
    'deadbeef'.repeat(8),
    'abcdefghijklmnopqrstuvwxyz012345',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
    'abcabcabdabcabcabdabcabcabdabcabc',
    'é'.repeat(32),
    'a-string-secret-at-least-256-bits-long',
  ]) {
    it(`like ${secret.slice(0, 40)} is refused`, () => {
      expect(() => read(secret)).to.throw(/JWT_SECRET is easy to guess/);
    });
  }

  for (const [what, secret] of [
    ['openssl rand -base64 48', () => randomBytes(48).toString('base64')],
    ['openssl rand -base64 24', () => randomBytes(24).toString('base64')],
    ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
    ['uuidgen', () => randomUUID()],
    ['a few words', () => 'correct horse battery staple and some more'],
  ] as const) {
    it(`that ${what} makes is accepted`, () => {
      for (let made = 0; made < 200; made += 1) expect(() => read(secret())).to.not.throw();
    });
  }
});

describe('TRUST_PROXY', () => {
  it('is off by default', () => {
    expect(readConfig({}).trustedProxies).to.equal(null);
  });

  it('is refused if it is neither a number nor addresses, and the error says what is accepted', () => {
    expect(() => readConfig({ TRUST_PROXY: 'true' })).to.throw(
      /TRUST_PROXY must be the number of proxies .* 10\.0\.0\.0\/8/,
    );
  });
});

describe('what webhooks and imports may reach', () => {
  it('is the public internet by the ports 80 and 443, without a proxy, if nothing is set', () => {
    const read = readConfig({});
    for (const hosts of [read.webhookAllowedHosts, read.importAllowedHosts]) {
      expect(hosts.names).to.have.property('size', 0);
      expect(hosts.addresses.rules).to.deep.equal([]);
    }
    expect([...read.webhookAllowedPorts]).to.deep.equal([80, 443]);
    expect([...read.importAllowedPorts]).to.deep.equal([80, 443]);
    expect(read.proxies).to.equal(null);
  });

  it('is read from the settings', () => {
    const read = readConfig({
      WEBHOOK_ALLOWED_HOSTS: 'Hooks.corp.example., 10.1.0.0/16,intranet, fd00::1',
      WEBHOOK_ALLOWED_PORTS: '8443, 9000',
    });
    expect([...read.webhookAllowedHosts.names]).to.deep.equal(['hooks.corp.example', 'intranet']);
    expect(read.webhookAllowedHosts.addresses.check('10.1.2.3')).to.equal(true);
    expect(read.webhookAllowedHosts.addresses.check('10.2.0.0')).to.equal(false);
    expect([...read.webhookAllowedPorts]).to.deep.equal([80, 443, 8443, 9000]);
    expect(read.importAllowedHosts.names).to.have.property('size', 0);
    expect([...read.importAllowedPorts]).to.deep.equal([80, 443]);
  });

  it('is set apart from what imports may reach', () => {
    const read = readConfig({ IMPORT_ALLOWED_HOSTS: 'files.corp.example', IMPORT_ALLOWED_PORTS: '8080' });
    expect([...read.importAllowedHosts.names]).to.deep.equal(['files.corp.example']);
    expect([...read.importAllowedPorts]).to.deep.equal([80, 443, 8080]);
    expect(read.webhookAllowedHosts.names).to.have.property('size', 0);
    expect([...read.webhookAllowedPorts]).to.deep.equal([80, 443]);
  });

  for (const hosts of [
    'https://a.example',
    'a.example:8443',
    'a.example/x',
    '10.0.0.0/33',
    '10.1',
    '*.a.example',
    'a,,b',
    'u@a',
  ]) {
    it(`is not ${hosts}, and the error says what is accepted`, () => {
      expect(() => readConfig({ WEBHOOK_ALLOWED_HOSTS: hosts, IMPORT_ALLOWED_HOSTS: hosts })).to.throw(
        /WEBHOOK_ALLOWED_HOSTS must be host names, addresses and networks, .* 10\.1\.2\.3.*\n +IMPORT_ALLOWED_HOSTS must be/,
      );
    });
  }

  for (const ports of ['0', '65536', '8443;9000', '80-90', '8443,']) {
    it(`is not the ports ${ports}, and the error says what is accepted`, () => {
      expect(() => readConfig({ WEBHOOK_ALLOWED_PORTS: ports, IMPORT_ALLOWED_PORTS: ports })).to.throw(
        /WEBHOOK_ALLOWED_PORTS must be port numbers .* 8443.*\n +IMPORT_ALLOWED_PORTS must be/,
      );
    });
  }

  it('is reached through a proxy that is set, in capitals or in small letters', () => {
    const https_proxy = 'http://me:secret@proxy.example:3128';
    expect(
      readConfig({ https_proxy, HTTPS_PROXY: 'http://other.example', NO_PROXY: '.corp.example' }).proxies,
    ).to.deep.equal({
      http: null,
      https: https_proxy,
      except: '.corp.example',
    });
    expect(readConfig({ HTTP_PROXY: https_proxy, no_proxy: '' }).proxies).to.deep.equal({
      http: https_proxy,
      https: null,
      except: '',
    });
    expect(readConfig({ NO_PROXY: '*' }).proxies).to.equal(null);
    for (const bad of ['proxy.example:3128', 'socks5://proxy.example', 'http://']) {
      expect(() => readConfig({ HTTPS_PROXY: bad })).to.throw(/HTTPS_PROXY must be like http:\/\/user:password@proxy/);
    }
  });
});

describe('how images are fetched from Salesforce', () => {
  it('is with version 68.0 of its API, up to 90 % of the requests, and without a key, if nothing is set', () => {
    expect(readConfig({})).to.include({
      ...{ salesforceClientId: null, salesforcePrivateKeyFile: null },
      ...{ salesforceApiVersion: '68.0', salesforceBudgetPercent: 90 },
    });
  });

  it('may be with a key alone: each connection can name its own app', () => {
    expect(readConfig({ SALESFORCE_PRIVATE_KEY_FILE: 'a.pem' }).salesforceClientId).to.equal(null);
  });

  for (const [settings, says] of [
    [
      { SALESFORCE_CLIENT_ID: '3MVG9' },
      /SALESFORCE_CLIENT_ID is of no use without SALESFORCE_PRIVATE_KEY_FILE: set both/,
    ],
    [{ SALESFORCE_CLIENT_ID: 'a b' }, /SALESFORCE_CLIENT_ID must be the consumer key/],
    [{ SALESFORCE_API_VERSION: 'v68' }, /SALESFORCE_API_VERSION must be a version of the REST API, such as 68\.0/],
    [{ SALESFORCE_API_VERSION: '68.0/../..' }, /SALESFORCE_API_VERSION must be/],
    [{ SALESFORCE_BUDGET_PERCENT: '0' }, /SALESFORCE_BUDGET_PERCENT must be a whole number from 1 to 100/],
    [{ SALESFORCE_BUDGET_PERCENT: '101' }, /SALESFORCE_BUDGET_PERCENT must be/],
  ] as const) {
    it(`is refused with ${Object.entries(settings).join().replace(',', '=')}`, () => {
      expect(() => readConfig(settings)).to.throw(BadConfig, says);
    });
  }
});

describe('the settings of those who perform imports', () => {
  const performing = (env: NodeJS.ProcessEnv) => readConfig(env, true, true);
  const EVENTSTORE_URL = 'esdb://localhost:2113';

  it('say where the bytes of images are, if the events are in EventStoreDB', () => {
    expect(() => performing({ EVENTSTORE_URL })).to.throw(
      /BLOBS_URL is required with EVENTSTORE_URL, .* s3:\/\/bucket\/prefix, or to file:\/\/\/folder .* IMPORTER=off/,
    );
    expect(performing({ EVENTSTORE_URL, BLOBS_URL: 'file:///mnt/images' }).blobs).to.deep.equal({
      kind: 'folder',
      folder: '/mnt/images',
    });
  });

  it('need not say it if nothing is performed, or if the log is embedded', () => {
    expect(performing({ EVENTSTORE_URL, IMPORTER: 'off' }).performsImports).to.equal(false);
    expect(performing({})).to.include({ performsImports: true, blobs: null });
    expect(readConfig({ EVENTSTORE_URL }).blobs).to.equal(null);
  });

  it('say how much is done at once, how long an attempt may take, and how large an image may be', () => {
    expect(readConfig({})).to.include({
      ...{ importConcurrency: 20, importConcurrencyPerOrganization: 10 },
      ...{ importAttemptSeconds: 120, importMostBytes: 100_000_000 },
    });
    const set = { IMPORT_CONCURRENCY: '40', IMPORT_CONCURRENCY_PER_ORGANIZATION: '5', IMPORT_ATTEMPT_SECONDS: '1800' };
    expect(readConfig({ ...set, IMPORT_MAX_MB: '1' })).to.include({
      ...{ importConcurrency: 40, importConcurrencyPerOrganization: 5 },
      ...{ importAttemptSeconds: 1_800, importMostBytes: 1_000_000 },
    });
    for (const [name, text] of [
      ['IMPORT_CONCURRENCY', '0'],
      ['IMPORT_CONCURRENCY_PER_ORGANIZATION', '1.5'],
      ['IMPORT_ATTEMPT_SECONDS', '1801'],
      ['IMPORT_MAX_MB', '0'],
    ]) {
      expect(() => readConfig({ [name as string]: text })).to.throw(new RegExp(`${name} must be a whole number`));
    }
  });

  it('are refused with what they must be', () => {
    expect(() => readConfig({ BLOBS_URL: '/mnt/images' })).to.throw(/BLOBS_URL must be like s3:.*AWS_REGION.*file:/);
    expect(() => readConfig({ IMPORTER: 'yes' })).to.throw(/IMPORTER must be on or off/);
  });
});
