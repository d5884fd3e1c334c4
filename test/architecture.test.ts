import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

/** Folders that any other may import from; among them, only from those before. */
const LOWEST = ['errors', 'time', 'machine', 'telemetry'];

/** Which folders of `src` a folder may import from, besides its own and the lowest ones. */
const MAY_IMPORT: { readonly [folder: string]: readonly string[] } = {
  ...Object.fromEntries(LOWEST.map((folder) => [folder, []])),
  events: ['sqlite'],
  tokens: ['events'],
  redaction: ['events'],
  commands: ['projections', 'events', 'redaction'],
  projections: ['events', 'sqlite', 'mongodb'],
  history: ['projections', 'events'],
  operations: ['history', 'importer', 'outbound', 'commands', 'projections', 'tokens', 'events', 'sqlite'],
  subscribers: ['outbound', 'commands', 'projections', 'tokens', 'events', 'sqlite', 'mongodb'],
  importer: ['outbound', 'commands', 'projections', 'redaction', 'tokens', 'events', 'sqlite', 'mongodb'],
  http: [
    ...['importer', 'subscribers', 'outbound', 'operations', 'history', 'commands', 'projections', 'tokens'],
    ...['redaction', 'events'],
  ],
  settings: ['http', 'operations', 'importer', 'subscribers', 'outbound', 'redaction', 'tokens'],
  stores: ['settings', 'operations', 'importer', 'subscribers', 'commands', 'projections', 'events'],
  service: [
    ...['stores', 'settings', 'http', 'operations', 'importer', 'subscribers', 'outbound', 'commands', 'projections'],
    ...['redaction', 'tokens', 'events'],
  ],
  cli: [
    ...['service', 'stores', 'settings', 'operations', 'history', 'importer', 'subscribers', 'outbound', 'commands'],
    ...['projections', 'tokens', 'events'],
  ],
  outbound: [],
  sqlite: [],
  mongodb: [],
};

/** The folders of `src` that may know of a client, which is a package, and of what serves one kind of adapters. */
const ADAPTERS: { readonly [imported: string]: readonly string[] } = {
  '@eventstore/db-client': ['events/eventstore'],
  '@grpc/grpc-js': ['events/eventstore'],
  'google-protobuf': ['events/eventstore'],
  mongodb: ['importer/sealed/mongodb', 'mongodb', 'projections/mongodb', 'subscribers/webhooks/mongodb'],
  'node:sqlite': [
    'events/embedded',
    'importer/sealed/embedded',
    'projections/embedded',
    'subscribers/webhooks/embedded',
    'sqlite',
  ],
  sqlite: [
    'events/embedded',
    'importer/sealed/embedded',
    'projections/embedded',
    'subscribers/webhooks/embedded',
    // Its lock, which is no store.
    'importer',
    'operations/backup',
    'sqlite',
  ],
  '@aws-sdk/client-s3': ['importer/blobs/s3'],
  // Spans are made in one place.
  '@opentelemetry/api': ['telemetry'],
  // Connects anywhere.
  undici: ['outbound'],
};

/** Every import of every file: the importing file and what it imports, both below `src` where that is a file of ours. */
const imports = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    return Array.from(text.matchAll(/(?:from|import|import\() ?'([^']+)'/g), ([, specifier = '']) => {
      const imported = specifier.startsWith('.') ? relative(SOURCE, join(SOURCE, dirname(file), specifier)) : specifier;
      return { file, imported, isOurs: specifier.startsWith('.') };
    });
  });

const folderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : null);

/** Of a package, whose files may be imported too. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '';

describe('the source', () => {
  it('imports one way: each folder only from those that it may', () => {
    const wrong = imports.filter(({ file, imported, isOurs }) => {
      const [from, to] = [folderOf(file), folderOf(imported)];
      if (!isOurs || from === null || from === to) return false;
      if (to !== null && LOWEST.includes(to)) return LOWEST.includes(from) && LOWEST.indexOf(from) < LOWEST.indexOf(to);
      return to === null || !MAY_IMPORT[from]?.includes(to);
    });
    expect(wrong).to.deep.equal([]);
    const files = imports.flatMap(({ file, imported, isOurs }) => (isOurs ? [file, imported] : [file]));
    expect(new Set(files.map((file) => folderOf(file) ?? ''))).to.have.all.keys('', ...Object.keys(MAY_IMPORT));
  });

  it('knows the stores only in their adapters, and other hosts only in outbound', () => {
    const wrong = imports.filter(({ file, imported, isOurs }) => {
      const allowed = ADAPTERS[(isOurs ? folderOf(imported) : packageOf(imported)) ?? ''];
      return allowed !== undefined && !allowed.includes(dirname(file));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('imports all packages that are installed to run it, and no other', () => {
    const { dependencies } = JSON.parse(readFileSync(join(SOURCE, '../package.json'), 'utf8'));
    // Not imported: it is the Node that runs all this.
    const { node: _, ...importable } = dependencies;
    const packages = imports
      .filter(({ imported, isOurs }) => !isOurs && /^(@[\w-]+\/)?[\w./-]+$/.test(imported))
      .map(({ imported }) => packageOf(imported));
    expect(new Set(packages)).to.have.all.keys(...Object.keys(importable));
  });

  it('chooses among adapters in only one place', () => {
    const isAdapter = (path: string) =>
      /^(events|projections|subscribers\/webhooks|importer\/(blobs|sealed))\/(embedded|eventstore|mongodb|local|s3)\//.test(
        path,
      );
    const choosing = imports.filter(({ file, imported }) => isAdapter(imported) && dirname(file) !== dirname(imported));
    expect(new Set(choosing.map(({ file }) => dirname(file)))).to.have.all.keys('stores');
  });
});
