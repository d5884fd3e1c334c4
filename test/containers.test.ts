import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readConfig } from '../src/config.ts';
import { JWT_SECRET } from './support/service.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { scripts, dependencies } = JSON.parse(read('package.json'));

/** Those of a Dockerfile, each as its keyword and the rest, with continued lines joined. */
function instructions(): { keyword: string; rest: string }[] {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [keyword = '', ...rest] = line.trim().split(/\s+/);
      return { keyword, rest: rest.join(' ') };
    });
}

const all = (keyword: string) => instructions().flatMap((each) => (each.keyword === keyword ? [each.rest] : []));
const variables = () =>
  Object.fromEntries(all('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('='))));

// Nothing here runs a container: no Docker engine is to be had where the tests run.

describe('Dockerfile', () => {
  it('runs the major of Node that the tests run on', () => {
    const [major] = dependencies.node.split('.');
    expect(all('FROM')).to.deep.equal([`node:${major}-slim`]);
  });

  it('starts the service as `npm start` does', () => {
    const { MALLOC_ARENA_MAX } = variables();
    const command = JSON.parse(all('CMD').join()).join(' ');
    expect(`exec env NPM_PID=$PPID MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX} ${command}`).to.equal(scripts.start);
  });

  it('sets what the configuration accepts', () => {
    const config = readConfig({ ...variables(), JWT_SECRET });
    expect(config).to.include({ production: true, host: '0.0.0.0', port: 3000, dataDir: '/data' });
  });

  it("publishes what is for callers, and keeps operators' facts inside", () => {
    const { port, operations } = readConfig({ ...variables(), JWT_SECRET });
    expect(all('EXPOSE')).to.deep.equal([String(port)]);
    expect(operations).to.deep.equal({ host: '127.0.0.1', port: 3001 });
    expect(all('HEALTHCHECK').join()).to.include('{process.env.PORT}/livez');
  });

  it('does not run as root, and says how it is stopped and whether it lives', () => {
    const order = instructions().map(({ keyword }) => keyword);
    expect(all('USER')).to.deep.equal(['1000:1000']);
    expect(order.lastIndexOf('RUN'), 'after everything that root has to do').to.be.lessThan(order.indexOf('USER'));
    expect(all('VOLUME')).to.deep.equal(['/data']);
    expect(all('STOPSIGNAL')).to.deep.equal(['SIGTERM']);
    expect(all('HEALTHCHECK')).to.have.length(1);
  });

  it('installs the dependencies alone, and lets none run a script', () => {
    expect(all('RUN').join('\n')).to.include('npm ci --omit=dev --ignore-scripts');
  });

  it('copies what is there, and is sent nothing else', () => {
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

interface ComposeService {
  image?: string;
  build?: string;
  read_only?: boolean;
  user?: string;
  cap_drop?: string[];
  security_opt?: string[];
  tmpfs?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }> | string[];
  stop_grace_period?: string;
}

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'), { merge: true });
  const services: Record<string, ComposeService> = compose.services;
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('imports-'));
  const others = Object.entries(services).filter(([name]) => !name.startsWith('imports-'));

  it('has two nodes, a proxy, and the two databases', () => {
    expect(Object.keys(services)).to.have.members(['imports-1', 'imports-2', 'proxy', 'kurrentdb', 'mongodb']);
  });

  it('pins each image to a release, and asks each service whether it is well', () => {
    for (const [name, { image, healthcheck }] of others) {
      expect(image, name).to.match(/:\d+\.\d+\.\d+(-alpine)?$/);
      expect(healthcheck?.test[0], name).to.equal('CMD');
    }
    // Theirs is in the Dockerfile.
    for (const [name, { build }] of nodes) expect(build, name).to.equal('.');
  });

  it('gives no service more rights than it needs', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.cap_drop, name).to.deep.equal(['ALL']);
      expect(service.security_opt, name).to.deep.equal(['no-new-privileges:true']);
    }
    for (const [name, { read_only, tmpfs }] of nodes) {
      expect(read_only, name).to.equal(true);
      expect(tmpfs, name).to.deep.equal(['/tmp', '/app/node_modules/.cache']);
    }
  });

  it('publishes the proxy alone, and of it the port for callers', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).to.deep.equal(['proxy']);
    expect(published.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':').at(-1)))).to.deep.equal([
      '3000',
    ]);
  });

  it("lets operators' tools inside the network reach each node, and the proxy pass nothing of that on", () => {
    for (const [name, { environment }] of nodes) {
      const { operations } = readConfig({ ...variables(), JWT_SECRET, OPERATIONS_HOST: environment?.OPERATIONS_HOST });
      expect(operations, name).to.deep.equal({ host: '0.0.0.0', port: 3001 });
    }
    expect(compose.configs.caddyfile.content).to.not.include('3001');
  });

  it('keeps what the databases hold in volumes that have names', () => {
    const { kurrentdb, mongodb } = services;
    expect(kurrentdb?.volumes).to.deep.equal(['events:/var/lib/kurrentdb']);
    expect(mongodb?.volumes).to.deep.equal(['views:/data/db']);
    expect(compose.volumes).to.have.keys('events', 'views');
  });

  it('gives the nodes a configuration that is accepted, on both databases, once they are there', () => {
    for (const [name, { environment, depends_on }] of nodes) {
      const { JWT_SECRET: secret = '', TRUST_PROXY, OPERATIONS_HOST, ...urls } = environment ?? {};
      expect(Number(TRUST_PROXY), 'the proxy alone is before it').to.equal(1);
      expect(secret, name).to.match(/^\$\{JWT_SECRET:\?.+\}$/);
      expect(urls, name).to.have.keys('EVENTSTORE_URL', 'MONGODB_URL');
      expect(
        () => readConfig({ ...variables(), ...urls, JWT_SECRET, TRUST_PROXY: String(TRUST_PROXY) }),
        name,
      ).not.to.throw();
      for (const [engine, url] of [
        ['kurrentdb', urls.EVENTSTORE_URL],
        ['mongodb', urls.MONGODB_URL],
      ] as const) {
        expect(new URL(url ?? '').hostname).to.equal(engine);
        expect(depends_on).to.have.property(engine).that.deep.equals({ condition: 'service_healthy' });
      }
    }
  });

  it('leaves the nodes the time that they take to stop', () => {
    // src/process.ts ends the process within 10.
    for (const [name, { stop_grace_period }] of nodes) expect(stop_grace_period, name).to.equal('15s');
  });

  it('sends requests to each node that answers', () => {
    const { content } = compose.configs.caddyfile;
    expect(content).to.include(`reverse_proxy ${nodes.map(([name]) => `${name}:3000`).join(' ')} {`);
    expect(content).to.include('health_uri /livez');
    // What a caller did not ask to be zipped keeps its Content-Length.
    expect(content).to.include('compression off');
  });
});
