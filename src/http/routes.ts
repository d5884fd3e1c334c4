import type { Route } from './route.ts';
import { asyncapi } from './routes/asyncapi.ts';
import { createImport } from './routes/create-import.ts';
import { eventFeed } from './routes/feed/event-feed.ts';
import { livez, readyz } from './routes/health.ts';
import { downloadImage } from './routes/images/download-image.ts';
import { listAlbumImages } from './routes/images/list-album-images.ts';
import { showImage } from './routes/images/show-image.ts';
import { importEvents } from './routes/import-events.ts';
import { listImports } from './routes/list-imports.ts';
import { metrics } from './routes/listener/metrics.ts';
import { readyzWithReasons } from './routes/listener/readyz.ts';
import { openapi } from './routes/openapi.ts';
import { operationsEvents } from './routes/operations/events.ts';
import { operationsReplay } from './routes/operations/replay.ts';
import { operationsStatus } from './routes/operations/status.ts';
import { publicEventSchema } from './routes/public-event-schema.ts';
import { showImport } from './routes/show-import.ts';
import { cancelImport } from './routes/status/cancel-import.ts';
import { retryImport } from './routes/status/retry-import.ts';
import { showImportStatus } from './routes/status/show-import-status.ts';
import { changeWebhook } from './routes/webhooks/change-webhook.ts';
import { createWebhook } from './routes/webhooks/create-webhook.ts';
import { deleteWebhook } from './routes/webhooks/delete-webhook.ts';
import { listDeliveries } from './routes/webhooks/list-deliveries.ts';
import { listWebhooks } from './routes/webhooks/list-webhooks.ts';
import { pingWebhook } from './routes/webhooks/ping-webhook.ts';
import { recoverWebhook } from './routes/webhooks/recover-webhook.ts';
import { redeliver } from './routes/webhooks/redeliver.ts';
import { rotateWebhookSecret } from './routes/webhooks/rotate-secret.ts';
import { showWebhook } from './routes/webhooks/show-webhook.ts';
import { webhookKeys } from './routes/webhooks/webhook-keys.ts';
import { claimImports } from './routes/work/claim-imports.ts';
import { completeClaim } from './routes/work/complete-claim.ts';
import { failClaim } from './routes/work/fail-claim.ts';

/** The routes for callers: the API, the probes of life and readiness, and the descriptions of the API and of events. */
export const PUBLIC_ROUTES: readonly Route[] = [
  createImport,
  listImports,
  showImport,
  importEvents,
  showImportStatus,
  cancelImport,
  retryImport,
  showImage,
  downloadImage,
  listAlbumImages,
  eventFeed,
  createWebhook,
  listWebhooks,
  showWebhook,
  changeWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  recoverWebhook,
  pingWebhook,
  listDeliveries,
  redeliver,
  webhookKeys,
  claimImports,
  completeClaim,
  failClaim,
  operationsStatus,
  operationsEvents,
  operationsReplay,
  livez,
  readyz,
  openapi,
  asyncapi,
  publicEventSchema,
];

/** The routes for operators and their tools. They need no token and show every organization, so they are for a private network. */
export const LISTENER_ROUTES: readonly Route[] = [livez, readyzWithReasons, metrics];
