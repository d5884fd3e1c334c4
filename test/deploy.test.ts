import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../src/settings/config.ts';
import { missingPython, pythonTools } from './support/client-tools.ts';
import { onPath } from './support/on-path.ts';
import { IMPORTS, JWT_SECRET, testService } from './support/service.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const run = promisify(execFile);
const path = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const read = (file: string) => readFileSync(path(file), 'utf8');

const ALERTS = 'deploy/prometheus/alerts.yml';
const ALERT_CASES = 'deploy/prometheus/alerts.test.yml';
const DASHBOARD = 'deploy/grafana/import-api.json';
const MANIFESTS = 'deploy/kubernetes/import-api.yaml';
const UNIT = 'deploy/systemd/import-api.service';

/** Those of the embedded stores; the files have those that this service would have without them. */
const defaults = readConfig({ JWT_SECRET, NODE_ENV: 'production' });

describe('what watches the service', () => {
  const service = testService();
  const { groups } = parse(read(ALERTS)) as {
    groups: { rules: { alert: string; annotations: { runbook_url: string } }[] }[];
  };

  it('names measurements that the service has, and all that Prometheus shows begin with imports_ or are of Node', async () => {
    const text = await (await fetch(`${service.operationsUrl}/metrics`)).text();
    const measured = Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name as string);
    expect(measured.filter((name) => !/^(imports|nodejs|process)_/.test(name))).to.deep.equal([]);
    for (const file of [ALERTS, DASHBOARD, 'docs/operating.md', 'docs/runbooks.md']) {
      const named = read(file).match(/\b(imports|nodejs|process)_[a-z0-9_]+\b/g) ?? [];
      const unknown = named
        .map((name) => name.replace(/_(bucket|sum|count)$/, ''))
        // The process adds it, and not the service in this test; a prefix of settings; the name of streams.
        .filter((name) => !measured.includes(name) && name !== 'imports_log_lines_dropped_total');
      expect(
        unknown.filter((name) => !name.endsWith('_')),
        file,
      ).to.deep.equal([]);
    }
  });

  it('has alerts that go by labels which the service gives, each from the beginning', async () => {
    await fetch(`${service.url}${IMPORTS}`, { headers: { Authorization: `${service.authorization()}x` } });
    const text = await (await fetch(`${service.operationsUrl}/metrics`)).text();
    const selectors = Array.from(read(ALERTS).matchAll(/(imports_\w+)\{(\w+="[^"]+")\}/g), ([, name, label]) => [
      name,
      label,
    ]);
    expect(selectors.length).to.be.greaterThan(3);
    for (const [name, label] of selectors)
      expect(text).to.match(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} \\d`, 'm'));
  });

  it('has alerts that are told when they should be, and only then', async function () {
    if (!onPath('promtool')) return this.skip();
    const tried = Array.from(read(ALERT_CASES).matchAll(/alertname="(\w+)"/g), ([, name]) => name);
    expect(tried).to.deep.equal(groups.flatMap(({ rules }) => rules).map(({ alert }) => alert));
    await run('promtool', ['test', 'rules', path(ALERT_CASES)]);
  }).timeout(60_000);

  it('has a runbook for each alert, and no other', () => {
    const alerts = groups.flatMap(({ rules }) => rules);
    const headings = Array.from(read('docs/runbooks.md').matchAll(/^## (.+)$/gm), ([, heading]) => heading);
    expect(alerts.map(({ alert }) => alert)).to.deep.equal(headings);
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).to.equal(`docs/runbooks.md#${alert.toLowerCase()}`);
    }
  });

  it("is accepted by Prometheus's own tool, the queries of the dashboard too", async function () {
    if (!onPath('promtool')) return this.skip();
    const { panels } = JSON.parse(read(DASHBOARD)) as { panels: { targets: { expr: string }[] }[] };
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, index) => ({ record: `query_${index}`, expr: expr.replaceAll('$job', 'import-api') }));
    const directory = temporaryDirectory();
    const queries = join(directory.path, 'queries.yml');
    writeFileSync(queries, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    await run('promtool', ['check', 'rules', path(ALERTS), queries]);
    directory.remove();
  }).timeout(60_000);
});

describe('the Kubernetes manifests', () => {
  const all = parseAllDocuments(read(MANIFESTS)).map((document) => document.toJS());
  const ofKind = (kind: string) => all.find((each) => each.kind === kind);
  const pod = ofKind('Deployment').spec.template.spec;
  const [container] = pod.containers;

  it('give a configuration that is accepted, and the ports of it', () => {
    const { JWT_SECRET_FILE, EVENTSTORE_URL_FILE, MONGODB_URL_FILE, ...settings } = ofKind('ConfigMap').data;
    const urls = { EVENTSTORE_URL: 'esdb://server:2113', MONGODB_URL: 'mongodb://server/imports' };
    const { port, operations, host, dataDir } = readConfig({ ...settings, ...urls, JWT_SECRET }, true, true);
    expect([host, operations?.host]).to.deep.equal(['0.0.0.0', '0.0.0.0']);
    const ports = container.ports.map(({ containerPort }: { containerPort: number }) => containerPort);
    expect(ports).to.deep.equal([port, operations?.port]);
    for (const file of [JWT_SECRET_FILE, EVENTSTORE_URL_FILE, MONGODB_URL_FILE]) expect(file).to.match(/^\/secrets\//);
    const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => `${mountPath}/`);
    expect(mounts.some((mount: string) => dataDir.startsWith(mount))).to.equal(true);
  });

  it('let the service stop by itself, and need no root', () => {
    const [, seconds] = container.lifecycle.preStop.exec.command;
    // src/process.ts ends the process within 10 s.
    expect(pod.terminationGracePeriodSeconds).to.be.above(Number(seconds) + 10);
    expect(pod.securityContext).to.include({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container.securityContext).to.deep.include({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    });
  });

  it('let a machine be drained: fewer must be there than there are', () => {
    expect(ofKind('PodDisruptionBudget').spec.minAvailable).to.be.below(ofKind('Deployment').spec.replicas);
  });

  it('let the root be read-only: what is written is mounted, the compiled code of Node too', () => {
    const mounts = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
    const written = mounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(written).to.include.members(['/data', '/tmp', '/app/node_modules/.cache']);
  });

  it('are accepted by the schemas of Kubernetes', async function () {
    if (missingPython() !== undefined) return this.skip();
    await run(await pythonTools(), ['-m', 'kubernetes_validate', '--strict', path(MANIFESTS)]);
  }).timeout(120_000);
});

describe('the unit of systemd', () => {
  const unit = read(UNIT);
  const settings = Object.fromEntries(
    Array.from(unit.matchAll(/^Environment=(.*)$/gm), ([, rest = '']) => rest.split(' ')).flatMap((pairs) =>
      pairs.map((pair) => pair.split('=') as [string, string]),
    ),
  );

  it('starts the service as `npm start` does, with a configuration that is accepted', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const [, flags] = /^ExecStart=\S+\/node (.*)$/m.exec(unit) ?? [];
    expect(`exec env NPM_PID=$PPID MALLOC_ARENA_MAX=${settings.MALLOC_ARENA_MAX} node ${flags}`).to.equal(
      scripts.start,
    );
    const { JWT_SECRET_FILE, ...others } = settings;
    expect(JWT_SECRET_FILE).to.equal('%d/jwt_secret');
    const { port, operations, production } = readConfig({ ...others, JWT_SECRET });
    expect([port, operations, production]).to.deep.equal([defaults.port, defaults.operations, true]);
  });

  it('is accepted by systemd itself, and leaves little open', async function () {
    if (!onPath('systemd-analyze')) return this.skip();
    const directory = temporaryDirectory();
    const file = join(directory.path, 'import-api.service');
    writeFileSync(file, unit.replace(/^(ExecStart=)\S+/m, `$1${process.execPath}`));
    await run('systemd-analyze', ['verify', file]);
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file]);
    directory.remove();
  });
});
