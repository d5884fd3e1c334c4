import { getPath, ORGANIZATION_ID } from './document-request.ts';
import { ask } from './http-request.ts';
import { type StoreSettings, withLog } from './stores.ts';

/** How many imports of this run the log holds after a position: read past the service, through a log of our own. */
export function loggedImports(settings: StoreSettings, after: bigint): Promise<number> {
  return withLog(settings, async (log) => {
    let imports = 0;
    for await (const page of log.follow(after, new AbortController().signal)) {
      if (page.length === 0) break;
      // Others may be writing to the same log.
      imports += page.filter(({ type, data }) => type === 'ImportRequested' && isOurs(data)).length;
    }
    return imports;
  });
}

function isOurs(data: string): boolean {
  return JSON.parse(data).organization_id === ORGANIZATION_ID;
}

/** Ids of the newest imports of this run, as the API lists them. */
export async function newestImportIds(origin: string, token: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = '/api/v1/imports?limit=500';
  while (path !== undefined && ids.length < limit) {
    const { status, headers, body } = await ask(origin, getPath(path, token));
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body}`);
    ids.push(...JSON.parse(body).map(({ id }: { id: string }) => id));
    path = /^<([^>]+)>; rel="next"$/.exec(headers.link ?? '')?.[1];
  }
  return ids.slice(0, limit);
}
