import { expect } from 'chai';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { imports } from '../support/imports.ts';
import { kill, listening, listeningForOperators, startProcess, type TestProcess } from '../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const PRELOAD = new URL('../support/shifted-clock.js', import.meta.url).href;

/** What the time of day is set to, one after the other, in hours from what it is. */
const SHIFTS = [1, -1, 24, -24, 0];
const TEN_YEARS_SECONDS = 315_360_000;
const CALLERS = 8;

interface Import {
  readonly id: string;
  readonly created_at: string;
}

describe('a time of day that is set while the service runs', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let service: TestProcess;
  let url: string;
  let operationsUrl: string;
  let token: string;

  before(async () => {
    directory = temporaryDirectory();
    const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0', TIME_ZONE: 'UTC' };
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    const { session } = new Keys([JWT_SECRET]);
    token = mintSession(USER, Math.floor(Date.now() / 1_000), session, TEN_YEARS_SECONDS);
    service = startProcess({ ...env, NODE_OPTIONS: `--import=${PRELOAD}` });
    url = await listening(service);
    operationsUrl = await listeningForOperators(service);
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
  });

  after(async () => {
    await kill(service, 'SIGKILL');
    directory.remove();
  });

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { Authorization: `Token ${token}`, ...init.headers } });

  async function post(): Promise<Import> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await request('/api/v1/imports', { method: 'POST', body: DOCUMENT_BODY, headers });
    expect(answer.status).to.equal(200);
    return (await answer.json()) as Import;
  }

  async function list(): Promise<Import[]> {
    const found: Import[] = [];
    let path: string | null = '/api/v1/imports?limit=500';
    while (path !== null) {
      const answer: Response = await request(path);
      expect(answer.status).to.equal(200);
      found.push(...((await answer.json()) as Import[]));
      path = /^<(?:https?:\/\/[^/]+)?([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    return found;
  }

  /** Every age that the service tells. */
  async function ages(): Promise<number[]> {
    const readiness = await fetch(`${operationsUrl}/readyz`);
    expect(readiness.status).to.equal(200);
    const { heartbeat_age_seconds = Number.NaN, lag_seconds = Number.NaN } = (await readiness.json()) as Partial<
      Record<string, number>
    >;
    const metrics = await (await fetch(`${operationsUrl}/metrics`)).text();
    const told = ['imports_projector_lag_seconds', 'imports_projector_heartbeat_age_seconds'].map((name) =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]),
    );
    return [heartbeat_age_seconds, lag_seconds, ...told];
  }

  /** Sets the time of day, and waits until the service goes by it. */
  async function setTime(hours: number): Promise<void> {
    service.child.kill('SIGUSR2');
    await until('it has the other time', async () => {
      const aheadHours = (Date.parse((await post()).created_at) - Date.now()) / 3_600_000;
      return Math.abs(aheadHours - hours) < 0.1;
    });
  }

  it('changes no wait and no age while nothing is asked of it', async () => {
    for (const _hours of SHIFTS) {
      // Just before and just after it, with no sign of life of the follower in between: it gives one a second.
      const [before = Number.NaN] = await ages();
      service.child.kill('SIGUSR2');
      const told = [...(await ages()), ...(await ages())];
      for (const age of told) expect(age).to.be.within(0, 5);
      await until('the follower gives a sign of life', async () => ((await ages())[0] ?? Number.NaN) < before + 0.01);
    }
  });

  it('stops nothing under load, and leaves the lists whole and in order', async () => {
    const posted: Import[] = [];
    let isUnderLoad = true;
    const callers = Array.from({ length: CALLERS }, async () => {
      while (isUnderLoad) posted.push(await post());
    });
    try {
      for (const hours of SHIFTS) {
        await setTime(hours);
        const before = posted.length;
        await until('it goes on', () => posted.length > before + 5 * CALLERS);
        for (const age of await ages()) expect(age).to.be.within(0, 5);
      }
    } finally {
      isUnderLoad = false;
      await Promise.all(callers);
    }
    await until('the follower is level', async () =>
      /^imports_projector_lag_events 0$/m.test(await (await fetch(`${operationsUrl}/metrics`)).text()),
    );
    const listed = await list();
    const key = ({ created_at, id }: Import) => `${created_at} ${id}`;
    expect(listed.map(key)).to.deep.equal(listed.map(key).toSorted().reverse());
    expect(listed.map(({ id }) => id)).to.include.members(posted.map(({ id }) => id));
  }).timeout(60_000);
});
