import { expect } from 'chai';
import { DEVELOPMENT_IMAGE } from '../../src/http/routes/development/show-image.ts';
import { imports } from '../support/imports.ts';
import { IMPORTS, startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

interface Importer {
  readonly on: boolean;
  readonly running: number;
  readonly ended: { readonly [how: string]: number };
  readonly bytes: number;
  readonly api_budgets: readonly object[];
}

/** From the request to the image, as operators see it. */
describe('imports that a service performs', () => {
  let service: TestService;
  let ids: string[];

  const importerNow = async () =>
    ((await (await fetch(`${service.operationsUrl}/readyz`)).json()) as { importer: Importer }).importer;

  before(async () => {
    service = await startTestService({ IMPORTER: 'on', NODE_ENV: 'development' });
    ids = [];
    for (const body of [
      `url=${service.url}${DEVELOPMENT_IMAGE}`,
      'filename=x',
      'content_document_id=0694I000008HV8MQAW',
    ]) {
      ids.push(((await (await service.post(body)).json()) as { id: string }).id);
    }
    await until('two have ended', async () => Object.keys((await importerNow()).ended).length === 2);
  });

  after(() => service.stop());

  it('are told in the readiness for operators', async () => {
    const { bytes, ...importer } = await importerNow();
    expect(importer).to.deep.equal({
      on: true,
      running: 0,
      ended: { succeeded: 1, source_missing: 1 },
      storage: null,
      api_budgets: [],
    });
    expect(bytes).to.be.greaterThan(1_000);
  });

  it('are measured', async () => {
    const lines = (await (await fetch(`${service.operationsUrl}/metrics`)).text()).split('\n');
    expect(lines).to.include.members([
      'imports_attempts_total{source="url",outcome="succeeded",reason=""} 1',
      'imports_attempts_total{source="none",outcome="failed",reason="source_missing"} 1',
      'imports_waiting{lane="url"} 0',
      'imports_waiting{lane="salesforce"} 1',
      'imports_running 0',
      'imports_late_seconds 0',
      'imports_connections_in_trouble{trouble="missing"} 1',
      'imports_connections_in_trouble{trouble="refused"} 0',
      'imports_attempts_running 0',
      'imports_storage_failing 0',
    ]);
  });

  it('are in the status and the check, with what waits for a connection', async () => {
    const env = { NODE_ENV: 'development', DATA_DIR: service.dataDir };
    const { stdout } = await imports(env, 'status', '--url', service.operationsUrl);
    expect(stdout).to.match(/^imports +OK +imports: 1 wait \(salesforce 1\), the oldest for [\d.]+ s, 0 run$/m);
    expect(stdout).to.match(/^connections +OK +connections that imports wait for: 1 missing, 0 refused, 0 paused$/m);
    expect(stdout).to.match(
      /^importer +OK +importer of this node: on, 0 under way; since its start 1 succeeded, 1 failed \(source_missing 1\)/m,
    );
    const checked = await imports(
      env,
      'check',
      '--url',
      service.operationsUrl,
      '--disk-warning',
      '0',
      '--disk-critical',
      '0',
    );
    expect(checked.stdout).to.match(/^OK - .* imports=0s;3600;259200;0 connections=0;0;1000;0 /);
  });

  it('are audited as one tree each', async () => {
    const env = { NODE_ENV: 'development', DATA_DIR: service.dataDir };
    const { stdout } = await imports(env, 'audit', ids[0] as string);
    expect(stdout.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('└'))).to.have.length(1);
    expect(stdout).to.match(/\n {3}└─ .*ImportStarted.*\n.*by the service itself.*\n.*attempt 1 by worker \S+, until /);
    expect(stdout).to.match(/\n {6}└─ .*ImportSucceeded/);
    expect(stdout).to.match(
      /\n {9}asked GET http:\/\/127\.0\.0\.1:\d+\/development\/image\.png: 200 after \d+ ms, at /,
    );
    expect(stdout).to.match(/\n {9}done after [\d.]+ s: image \S+, \d+ bytes of image\/png, \d+ × \d+, sha256 /);
    expect(stdout).to.not.contain('in request');
    const { stdout: json } = await imports(env, 'audit', ids[0] as string, '--json');
    expect(
      json
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).to.deep.equal([...['ImportRequested', 'ImportStarted', 'ImportSucceeded']]);
  });

  it('have their bytes, which verify looks for', async () => {
    const env = { NODE_ENV: 'development', DATA_DIR: service.dataDir };
    const { code, stderr } = await imports(env, 'verify', '--all', '--blobs');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('the bytes of 1 image ');
  });

  it('are tried again, while the service runs, if an operator asks for it', async () => {
    const env = { NODE_ENV: 'development', DATA_DIR: service.dataDir };
    const { code } = await imports(env, 'retry', '--failed', '--yes', '--reason', 'once more');
    expect(code).to.equal(0);
    await until('it has failed again', async () => (await importerNow()).ended.source_missing === 2);
    const status = await service.request(`${IMPORTS}/${ids[1]}/status`);
    expect(await status.json()).to.include({ status: 'failed', attempts: 2 });
  });
});
