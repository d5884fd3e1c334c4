import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readConfig } from '../src/settings/config.ts';
import { JWT_SECRET } from './support/service.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { scripts, dependencies } = JSON.parse(read('package.json'));

/** What follows a keyword of the Dockerfile, once for each time that it stands there; continued lines are joined. */
const all = (keyword: string): string[] =>
  read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith(`${keyword} `))
    .map((line) => line.slice(keyword.length).trim());
const variables = () =>
  Object.fromEntries(all('ENV').flatMap((rest) => rest.split(/\s+/).map((pair) => pair.split('='))));

// Nothing here runs a container: no Docker engine is to be had where the tests run. What is held is what other files say, too.

describe('the Dockerfile', () => {
  it('runs the major of Node that the tests run on', () => {
    const [major] = dependencies.node.split('.');
    expect(all('FROM')).to.deep.equal([`node:${major}-slim`]);
  });

  it('starts the service as `npm start` does', () => {
    const { MALLOC_ARENA_MAX } = variables();
    const command = JSON.parse(all('CMD').join()).join(' ');
    expect(`exec env NPM_PID=$PPID MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX} ${command}`).to.equal(scripts.start);
  });

  it('sets what the configuration accepts, and publishes only the port for callers', () => {
    const { production, host, port, dataDir, operations } = readConfig({ ...variables(), JWT_SECRET });
    expect({ production, host }).to.deep.equal({ production: true, host: '0.0.0.0' });
    expect(all('VOLUME')).to.deep.equal([dataDir]);
    expect(all('EXPOSE')).to.deep.equal([String(port)]);
    expect(operations?.host).to.equal('127.0.0.1');
  });

  it('copies existing files, and no other file is sent to the builder', () => {
    const copied = all('COPY').flatMap((rest) => rest.split(' ').slice(0, -1));
    for (const path of copied) {
      expect(existsSync(fileURLToPath(new URL(`../${path}`, import.meta.url))), path).to.equal(true);
    }
    const [everything, ...but] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).to.equal('*');
    expect(but.toSorted()).to.deep.equal(copied.map((path) => `!${path}`).toSorted());
  });
});

/** A value of Compose if no variable is set that has a default (`${NAME:-default}`), and those that must be (`${NAME:?why}`) are. */
const defaultOf = (value: string) =>
  /^\$\{\w+:-(.*)\}$/.exec(value)?.[1] ?? value.replaceAll(/\$\{\w+:\?[^}]*\}/g, 'given');

interface ComposeService {
  volumes?: string[];
  environment?: Record<string, string>;
  stop_grace_period?: string;
  networks?: string[];
  mem_limit?: string;
  pids_limit?: number;
  network_mode?: string;
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

/** What a volume is mounted on, by its name. */
const mountsOf = ({ volumes = [] }: ComposeService) =>
  Object.fromEntries(volumes.map((volume) => volume.split(':').slice(0, 2)));

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'), { merge: true });
  const services: Record<string, ComposeService> = compose.services;
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('imports-'));

  it('gives the nodes a configuration that is accepted, on databases that are services of it, and a volume for images', () => {
    expect(nodes).to.have.length(2);
    for (const [name, { environment, volumes }] of nodes) {
      const settings = Object.entries(environment ?? {}).map(([setting, value]) => [setting, defaultOf(String(value))]);
      const config = readConfig({ ...variables(), ...Object.fromEntries(settings), JWT_SECRET }, true, true);
      expect(config.blobs, name).to.deep.equal({ kind: 'folder', folder: mountsOf({ volumes }).blobs });
      // Or else events name the address on which a node listens, which no subscriber can reach.
      expect(config.publicUrl, name).not.to.equal(null);
      expect(config.operations, name).to.include({ host: '0.0.0.0' });
      for (const url of [environment?.EVENTSTORE_URL, environment?.MONGODB_URL]) {
        expect(services, name).to.have.property(new URL(defaultOf(url ?? '')).hostname);
      }
    }
  });

  it('limits what each container takes, and lets only the nodes reach the stores', () => {
    for (const [name, { mem_limit, pids_limit, networks }] of Object.entries(services)) {
      expect([mem_limit, pids_limit], name).to.not.include(undefined);
      if (name === 'certificates') continue;
      const expected = name.startsWith('imports-') ? ['front', 'stores'] : [name === 'proxy' ? 'front' : 'stores'];
      expect(networks, name).to.deep.equal(expected);
    }
    expect(services.certificates?.network_mode).to.equal('none');
    expect(compose.networks.stores).to.deep.equal({ internal: true });
  });

  it('gives KurrentDB a certificate for the name by which the nodes reach it, and the account that they use', () => {
    const { kurrentdb = {}, certificates = {} } = services;
    const { environment = {}, depends_on, healthcheck } = kurrentdb;
    const made = certificates.command?.join('') ?? '';
    const [, names = ''] = /-dns-names (\S+)/.exec(made) ?? [];
    for (const [name, node] of nodes) {
      const url = new URL(defaultOf(node.environment?.EVENTSTORE_URL ?? ''));
      expect(names.split(','), name).to.include(url.hostname);
      expect([url.username, url.searchParams.get('tls')], name).to.deep.equal(['admin', 'true']);
      expect(url.searchParams.get('tlsCAFile'), name).to.equal(`${mountsOf(node).authority}/ca.crt`);
      expect(node.environment?.EVENTSTORE_URL).to.match(/:\$\{KURRENTDB_PASSWORD:\?/);
      expect(mountsOf(node), `${name} has not the key of the server`).to.not.have.property('server');
    }
    // Without these, the passwords are those of the vendor's documentation.
    for (const who of ['ADMIN', 'OPS']) {
      expect(environment[`KURRENTDB_DEFAULT_${who}_PASSWORD`]).to.equal(`\${KURRENTDB_PASSWORD:?}`);
    }
    expect(environment).to.not.have.property('KURRENTDB_INSECURE');
    const { authority, server } = mountsOf(kurrentdb);
    expect(environment.KURRENTDB_TRUSTED_ROOT_CERTIFICATES_PATH).to.equal(authority);
    expect(environment.KURRENTDB_CERTIFICATE_FILE).to.equal(`${server}/node.crt`);
    expect(environment.KURRENTDB_CERTIFICATE_PRIVATE_KEY_FILE).to.equal(`${server}/node.key`);
    expect(mountsOf(certificates)).to.deep.equal({ authority, server });
    expect(depends_on?.certificates?.condition).to.equal('service_completed_successfully');
    const [url = ''] = healthcheck?.test.slice(-1) ?? [];
    expect(names.split(',')).to.include(new URL(url).hostname);
    expect(healthcheck?.test).to.include(`${authority}/ca.crt`);
  });

  it('gives MongoDB the account that the nodes use', () => {
    const { MONGO_INITDB_ROOT_USERNAME, MONGO_INITDB_ROOT_PASSWORD } = services.mongodb?.environment ?? {};
    expect(MONGO_INITDB_ROOT_PASSWORD).to.match(/^\$\{MONGODB_PASSWORD:\?\}$/);
    for (const [, { environment }] of nodes) {
      const { username, searchParams } = new URL(defaultOf(environment?.MONGODB_URL ?? ''));
      expect([username, searchParams.get('authSource')]).to.deep.equal([MONGO_INITDB_ROOT_USERNAME, 'admin']);
      expect(environment?.MONGODB_URL).to.match(/:\$\{MONGODB_PASSWORD:\?/);
    }
  });

  it('gives the nodes the time that they need to stop', () => {
    // src/process.ts ends the process within 10 s.
    for (const [name, { stop_grace_period }] of nodes) {
      expect(Number.parseInt(stop_grace_period ?? '', 10), name).to.be.above(10);
    }
  });

  it("sends requests to the nodes' port for callers, and none to the one for operators", () => {
    const { port, operations } = readConfig({ ...variables(), JWT_SECRET });
    const { content } = compose.configs.caddyfile;
    expect(content).to.include(`reverse_proxy ${nodes.map(([name]) => `${name}:${port}`).join(' ')} {`);
    expect(content).to.not.include(String(operations?.port));
  });
});
