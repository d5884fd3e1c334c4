import createClient from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

/** A caller with a client made from openapi.json, checked by its types. Prints its results as JSON. */

declare const process: { argv: string[] };
const [, , url, token, album] = process.argv as [string, string, string, string, string];

type Import = components['schemas']['Import'];

const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

function given<T>({ data, error }: { data?: T; error?: components['schemas']['Problem'] }): T {
  if (data === undefined) throw new Error(error?.detail ?? 'no answer');
  return data;
}

async function create(filename: string): Promise<Import> {
  const metadatas = { nested: { list: [1, 2.5, true, { deeper: '<é>' }], empty: {} } };
  return given(await client.POST('/api/v1/imports', { body: { album_id: album, filename, metadatas } }));
}

type Query = { album_id?: string; limit?: number; cursor?: string };

/** A page of imports, and the cursor of the next one from the `Link` header. */
async function page(query: Query): Promise<{ imports: Import[]; next: Query | null }> {
  const answer = await client.GET('/api/v1/imports', { params: { query } });
  const next = /^<([^>]+)>; rel="next"$/.exec(answer.response.headers.get('Link') ?? '')?.[1];
  return { imports: given(answer), next: next === undefined ? null : Object.fromEntries(new URL(next).searchParams) };
}

async function list(): Promise<Import[][]> {
  const pages: Import[][] = [];
  for (let query: Query | null = { album_id: album, limit: 2 }; query !== null; ) {
    const { imports, next } = await page(query);
    pages.push(imports);
    query = next;
  }
  return pages;
}

const created = [await create('1.jpg'), await create('2.jpg'), await create('3.jpg')];
const path = { id: created[0]?.id ?? '' };
const shown = given(await client.GET('/api/v1/imports/{id}', { params: { path } }));
const [event] = given(await client.GET('/api/v1/imports/{id}/events', { params: { path } }));
const cancelled = given(await client.POST('/api/v1/imports/{id}/cancel', { params: { path } }));
const { status } = given(await client.GET('/api/v1/imports/{id}/status', { params: { path } }));
const { error: problem } = await client.GET('/api/v1/imports', { params: { query: { limit: 0 } } });

console.log(
  JSON.stringify({
    created,
    shown,
    pages: (await list()).map((page) => page.map(({ params }) => params.filename)),
    changed: event?.changes.map(({ field }) => field),
    recorded: event?.data?.album_id,
    cancelled: [cancelled.status, status],
    problem: { type: problem?.type, status: problem?.status, detail: problem?.detail },
  }),
);
