import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import { certificateFor } from './certificate.ts';
import { type ImageServer, startImageServer } from './image-server.ts';
import { fakeApp } from './salesforce/app.ts';
import { FakeSalesforce } from './salesforce/fake-salesforce.ts';
import { IMPORTS, startTestService, type TestService } from './service.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** Where an import stands, as `/status` says. */
export interface Standing {
  readonly status: string;
  readonly attempts: number;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly retryable: boolean | null;
  readonly next_attempt_at: string | null;
  readonly image_id: string | null;
}

/** Services that perform imports, with sources of images on this machine. */
export interface PerformingServices {
  /** The settings of each service. */
  readonly env: NodeJS.ProcessEnv;
  readonly images: ImageServer;
  readonly salesforce: FakeSalesforce;
  /** Of the app at Salesforce. */
  readonly username: string;
  /** Starts one. It is stopped with the rest. */
  start(env?: NodeJS.ProcessEnv): Promise<TestService>;
  stop(): Promise<void>;
}

/** @param stores the settings of the stores @param ports further ports of this machine from which URLs may be fetched */
export async function startPerforming(
  stores: NodeJS.ProcessEnv,
  ports: readonly number[] = [],
): Promise<PerformingServices> {
  const folder = temporaryDirectory();
  const certificate = certificateFor('localhost');
  const known = tls.getCACertificates('default');
  tls.setDefaultCACertificates([certificate.cert]);
  const { app, privateKey } = fakeApp();
  const [images, salesforce] = [
    await startImageServer(),
    await new FakeSalesforce({ tls: certificate, app }).start(),
  ] as const;
  const key = join(folder.path, 'salesforce.key');
  writeFileSync(key, privateKey, { mode: 0o600 });
  const isShared = stores.EVENTSTORE_URL !== undefined;
  const env = {
    ...{ ...stores, IMPORTER: 'on', IMPORT_MAX_MB: '1', SALESFORCE_CLIENT_ID: app.clientId },
    ...{ SALESFORCE_PRIVATE_KEY_FILE: key, IMPORT_ALLOWED_HOSTS: '127.0.0.1' },
    IMPORT_ALLOWED_PORTS: [images.port, ...ports].join(','),
    ...(isShared && { BLOBS_URL: pathToFileURL(folder.path).href }),
  };
  const services: TestService[] = [];
  return {
    ...{ env, images, salesforce, username: app.username },
    async start(more = {}) {
      const service = await startTestService({ ...env, ...more });
      services.push(service);
      return service;
    },
    async stop() {
      await Promise.all(services.map((service) => service.stop()));
      await Promise.all([images.stop(), salesforce.stop()]);
      tls.setDefaultCACertificates(known);
      folder.remove();
    },
  };
}

/** Asks for an import, and gives its id. */
export async function asked(service: TestService, params: Record<string, string>, user?: string): Promise<string> {
  const answer = await service.post(new URLSearchParams(params).toString(), {}, user);
  return ((await answer.json()) as { id: string }).id;
}

export async function standingOf(service: TestService, id: string, user?: string): Promise<Standing> {
  const headers = { Authorization: service.authorization(user) };
  return (await (await service.request(`${IMPORTS}/${id}/status`, { headers })).json()) as Standing;
}

/** Where it stands after its first attempt, or as soon as it says for what it waits. */
export function outcomeOf(service: TestService, id: string, user?: string): Promise<Standing> {
  return until('something became of it', async () => {
    const standing = await standingOf(service, id, user);
    return (standing.reason !== null || standing.status === 'succeeded') && standing.status !== 'running' && standing;
  });
}

/** A new user of a new organization. */
export async function newCaller(service: TestService): Promise<{ user: string; organization: string }> {
  const caller = { user: randomUUID(), organization: randomUUID() };
  await service.register(caller.user, caller.organization);
  return caller;
}
