import { createSecretKey, randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import Router from '@koa/router';
import jwt from 'jsonwebtoken';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { zoneClock } from '../src/http/out/zone-clock.ts';

/**
 * The program that the service is compared with: the same POST with the same answer, written in the simplest way with Koa. It stores
 * nothing, or does a plain INSERT that is on disk before the answer, or one append by EventStoreDB's client. It verifies the token and
 * signs a fresh one at each request. It logs nothing and counts nothing.
 * Environment: `PORT`, `JWT_SECRET`, `ORGANIZATION_ID`; `INSERT_INTO`, the SQLite file for the INSERT; `APPEND_TO`, the URL for the append.
 */

const TOKEN_LIFE_SECONDS = 14_400;

const key = createSecretKey(Buffer.from(process.env.JWT_SECRET ?? ''));
const insert = insertInto(process.env.INSERT_INTO);
const append = await appendTo(process.env.APPEND_TO);
// The service's own code, so that it makes no difference between the two.
const inZone = zoneClock('Europe/Paris');

async function answerHeaders(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  const beganAt = performance.now();
  ctx.set('Cache-Control', 'no-cache, no-store');
  ctx.set('Pragma', 'no-cache');
  ctx.set('Expires', 'Fri, 01 Jan 1990 00:00:00 GMT');
  ctx.set('Vary', 'Accept-Encoding');
  ctx.set('P3P', 'CP="NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM"');
  ctx.set('X-Request-Id', ctx.get('X-Request-Id') || randomUUID());
  ctx.set('X-Frame-Options', 'DENY');
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('X-XSS-Protection', '1; mode=block');
  ctx.set('X-Download-Options', 'noopen');
  ctx.set('X-Permitted-Cross-Domain-Policies', 'none');
  ctx.set('Referrer-Policy', 'origin-when-cross-origin, strict-origin-when-cross-origin');
  await next();
  ctx.set('X-Runtime', ((performance.now() - beganAt) / 1000).toFixed(6));
}

async function checkToken(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  const [, token = ''] = /^(?:Token|Bearer)\s+(?:token=)?"?([^"]+)"?$/.exec(ctx.get('Authorization')) ?? [];
  let userId: string;
  try {
    const claims = jwt.verify(token, key, { algorithms: ['HS256'] }) as jwt.JwtPayload;
    userId = claims.user_id;
  } catch {
    ctx.throw(401);
  }
  ctx.set('X-token', jwt.sign({ user_id: userId }, key, { expiresIn: TOKEN_LIFE_SECONDS }));
  await next();
}

async function createImport(ctx: Koa.Context): Promise<void> {
  const sent = ctx.request.body as { readonly [name: string]: unknown };
  const now = inZone(new Date().toISOString());
  const created = {
    id: randomUUID(),
    organization_id: process.env.ORGANIZATION_ID,
    image_id: null,
    import_type: sent.import_type ?? null,
    album_id: sent.album_id ?? null,
    params: { ...sent, controller: 'api/v1/imports', action: 'create' },
    created_at: now,
    updated_at: now,
  };
  insert?.run(created.id, JSON.stringify(created));
  await append?.(created);
  ctx.body = created;
}

function insertInto(file: string | undefined): StatementSync | undefined {
  if (file === undefined) return undefined;
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE imports (id TEXT, import TEXT)');
  return database.prepare('INSERT INTO imports (id, import) VALUES (?, ?)');
}

async function appendTo(url: string | undefined): Promise<((data: { id: string }) => Promise<unknown>) | undefined> {
  if (url === undefined) return undefined;
  const { EventStoreDBClient, jsonEvent, NO_STREAM } = await import('@eventstore/db-client');
  const client = EventStoreDBClient.connectionString(url);
  return (data) => {
    const event = jsonEvent({ type: 'Benched', data, metadata: { of: 'a bench' } });
    return client.appendToStream(`bench-${data.id}`, event, { expectedRevision: NO_STREAM });
  };
}

const router = new Router();
router.post('/api/v1/imports', checkToken, koaBody(), createImport);
router.get('/livez', (ctx) => {
  ctx.body = { status: 'ok' };
});

const app = new Koa();
app.use(answerHeaders);
app.use(router.routes());
app.use(router.allowedMethods());
app.listen(Number(process.env.PORT), '127.0.0.1');
