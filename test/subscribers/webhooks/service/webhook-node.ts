import { Keys } from '../../../../src/tokens/keys.ts';
import { mintSession } from '../../../../src/tokens/mint.ts';
import { imports } from '../../../support/imports.ts';
import { kill, listening, startProcess, type TestProcess } from '../../../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../../../support/service.ts';

const { session } = new Keys(JWT_SECRET);

/** The service in a process of its own, and what a subscriber and a caller ask of it. */
export interface WebhookNode {
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Ends as it does when it is told to. */
  stop(): Promise<void>;
  log(): string;
  /** Registers a webhook, and gives its id. */
  register(url: string, settings?: object): Promise<string>;
  /** The webhook as the API shows it. */
  show(id: string): Promise<{ readonly status: string; readonly [name: string]: unknown }>;
  /** Posts an import and gives its id; null: it was not acknowledged. */
  post(): Promise<string | null>;
}

export function webhookNode(env: NodeJS.ProcessEnv): WebhookNode {
  let service: TestProcess | null = null;
  let url = '';
  const request = async (path: string, init: RequestInit = {}) => {
    const token = mintSession(USER, Math.floor(Date.now() / 1000), session);
    const answer = await fetch(new URL(path, url), {
      ...init,
      headers: { ...init.headers, Authorization: `Token token="${token}"` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
    return JSON.parse(text);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (service !== null) await kill(service, signal);
    service = null;
  };
  return {
    async start() {
      service = startProcess({ NODE_ENV: 'development', JWT_SECRET, PORT: '0', ...env });
      url = await listening(service);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    log: () => service?.stdout() ?? '',
    async register(to, settings = {}) {
      const body = JSON.stringify({ url: to, types: ['*'], ...settings });
      const made = await request('/api/v1/webhooks', {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      return made.id;
    },
    show: (id) => request(`/api/v1/webhooks/${id}`),
    post: () =>
      request('/api/v1/imports', {
        method: 'POST',
        body: DOCUMENT_BODY,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }).then(
        ({ id }) => id,
        () => null,
      ),
  };
}

/** Registers the user of the tests. */
export async function addUser(env: NodeJS.ProcessEnv): Promise<void> {
  await imports(
    { NODE_ENV: 'development', JWT_SECRET, ...env },
    'users',
    'add',
    '--user',
    USER,
    '--organization',
    ORGANIZATION,
  );
}
