import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MADE, madePage, pageNow } from '../docs/make.ts';
import { type EmbeddedData, embeddedData } from './support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from './support/events.ts';
import { environment } from './support/process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const pages = [
  ...readdirSync(ROOT),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
]
  .filter((file) => file.endsWith('.md'))
  .toSorted();

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** The import that the pages' examples ask about. */
const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';

/** What may follow `sh needs` before an example that cannot be run here. */
const NEEDS = [
  'a broker',
  'a server',
  'a new release',
  'arguments',
  'Docker',
  'EventStoreDB',
  'Salesforce',
  'the steps before',
  'to install',
  'to measure',
  'to test',
] as const;

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of page.replaceAll(FENCE, '').matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where a page's links lead: those to other places of the project. */
function linksOf(page: string): string[] {
  const prose = page.replaceAll(FENCE, '').replaceAll(/`[^`\n]*`/g, '`');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

function isBroken(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (relative(ROOT, join(ROOT, file)).startsWith('..') || !existsSync(join(ROOT, file))) return true;
  return anchor !== undefined && (statSync(join(ROOT, file)).isDirectory() || !anchorsOf(read(file)).has(anchor));
}

function examplesOf(page: string): { needs: string | undefined; script: string }[] {
  return Array.from(page.matchAll(FENCE), ([, info = '', script = '']) => ({ info: info.trim(), script }))
    .filter(({ info }) => info.split(' ')[0] === 'sh')
    .map(({ info, script }) => ({ needs: info === 'sh' ? undefined : info.replace(/^sh needs /, ''), script }));
}

describe('the pages', () => {
  it('have no broken link', () => {
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => isBroken(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('are found if they have a broken link', () => {
    const links = [
      'nothing.md',
      '#nothing',
      'docs/api.md#nothing',
      'src#nothing',
      '../README.md',
      '#two-commands',
      'docs/api.md#bodies',
      'src',
    ];
    expect(links.filter((link) => isBroken('README.md', link))).to.deep.equal(links.slice(0, 5));
  });

  for (const page of Object.keys(MADE)) {
    it(`of which a part is made are as the source says: ${page} (else: npm run docs)`, async () => {
      expect(pageNow(page)).to.equal(await madePage(page));
    });
  }

  it('say what each example that is not run here needs', () => {
    const reasons = pages.flatMap((page) => examplesOf(read(page)).flatMap(({ needs = [] }) => needs));
    expect(NEEDS).to.include.members(reasons);
  });

  it('have every decision in their index, by its number and title', () => {
    const index = read('docs/decisions/README.md');
    const missing = readdirSync(join(ROOT, 'docs/decisions'))
      .filter((file) => /^\d{4}-/.test(file))
      .map((file) => `[${/^# (.*)$/m.exec(read(`docs/decisions/${file}`))?.[1]}](${file})`)
      .filter((entry) => !index.includes(entry));
    expect(missing).to.deep.equal([]);
  });
});

describe('the examples', () => {
  let data: EmbeddedData;
  let path: string;

  before(async () => {
    data = embeddedData();
    await data.append(`import-${IMPORT}`, newEvent(IMPORT_REQUESTED));
    await data.project();
    // What `npx imports` would run, found without asking npm.
    const npx = join(data.env.DATA_DIR as string, 'bin/npx');
    mkdirSync(dirname(npx));
    const program = join(ROOT, 'src/cli/start.js');
    writeFileSync(
      npx,
      `#!/bin/sh\nshift\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${program}' "$@"\n`,
    );
    chmodSync(npx, 0o755);
    path = `${dirname(npx)}:${process.env.PATH}`;
  });

  after(() => data.remove());

  for (const page of pages) {
    for (const { needs, script } of examplesOf(read(page))) {
      if (needs !== undefined) continue;
      it(`of ${page} can be pasted: ${script.split('\n')[0]}`, async () => {
        const folder = temporaryDirectory();
        const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
          cwd: folder.path,
          env: environment({ ...data.env, PATH: path }),
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        const [said, [code]] = await Promise.all([text(shell.stderr), once(shell, 'close')]);
        folder.remove();
        expect(code, said).to.equal(0);
      });
    }
  }
});
