import { gzipSync } from 'node:zlib';
import type { z } from 'zod';
import { fullType, type Naming } from '../cloud-event.ts';
import { envelopeSchema } from '../envelope-schema.ts';
import { exampleEvent } from '../example-event.ts';
import { type JsonSchema, jsonSchemaOf } from '../json-schema.ts';
import { onceFor } from '../once-for.ts';
import type { PublicEvent } from '../public-event.ts';
import { ALL_PUBLIC_EVENTS } from '../public-events.ts';
import { DELIVERY_HEADERS, examplePing, NOT_IN_THIN, pingSchema, WATERMARK } from './deliveries.ts';

const CLOUD_EVENT = 'application/cloudevents+json';
const HTTP_BINDING = '0.3.0';

/** The description of what subscribers get: an AsyncAPI 3.0 document as JSON, plain and in gzip. */
export const asyncApiDocument = onceFor((naming) => {
  const text = JSON.stringify(documentOf(naming));
  return { text, zipped: gzipSync(text) };
});

function documentOf(naming: Naming): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Import API: events',
      version: '1.0.0',
      description:
        'What happens to imports, as CloudEvents: by the feed, which is read, and by webhooks, which are called. Both send the same events with the ' +
        'same cursors. `/openapi.json` describes the requests: the parameters of the feed, and how webhooks are registered.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: CLOUD_EVENT,
    servers: serversOf(naming),
    channels: {
      feed: {
        address: '/api/v1/events',
        title: 'The feed',
        description: 'The events of the organization of the token; of every organization for the token of an operator.',
        servers: [{ $ref: '#/servers/service' }],
        messages: {
          ...byName((name) => `#/components/messages/${name}`),
          page: { $ref: '#/components/messages/page' },
        },
      },
      webhooks: {
        // Each endpoint has its own.
        address: null,
        title: 'Webhooks',
        description: 'The URLs that subscribers have registered by `POST /api/v1/webhooks`.',
        servers: [{ $ref: '#/servers/endpoint' }],
        messages: {
          ...byName((name) => `#/components/messages/${name}.delivery`),
          ping: { $ref: '#/components/messages/ping' },
        },
      },
    },
    operations: {
      sendPage: {
        action: 'send',
        title: 'A page of the feed',
        description: '`GET /api/v1/events`. With `Prefer: wait=30`, it waits for the first new event.',
        channel: { $ref: '#/channels/feed' },
        messages: [{ $ref: '#/channels/feed/messages/page' }],
        bindings: { http: { method: 'GET', bindingVersion: HTTP_BINDING } },
      },
      sendStream: {
        action: 'send',
        title: 'The live stream of the feed',
        description:
          '`GET /api/v1/events` with `Accept: text/event-stream`: server-sent events, of which `data` is the CloudEvent, `event` its type and `id` ' +
          'its cursor.',
        channel: { $ref: '#/channels/feed' },
        messages: ALL_PUBLIC_EVENTS.map(({ name }) => ({ $ref: `#/channels/feed/messages/${name}` })),
        bindings: { http: { method: 'GET', bindingVersion: HTTP_BINDING } },
      },
      sendDelivery: {
        action: 'send',
        title: 'A delivery to a webhook',
        description: 'Signed by the rules of Standard Webhooks. Any 2xx acknowledges it; 410 disables the endpoint.',
        channel: { $ref: '#/channels/webhooks' },
        messages: [...ALL_PUBLIC_EVENTS.map(({ name }) => name), 'ping'].map((name) => ({
          $ref: `#/channels/webhooks/messages/${name}`,
        })),
        bindings: { http: { method: 'POST', bindingVersion: HTTP_BINDING } },
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(ALL_PUBLIC_EVENTS.flatMap((mapping) => messagesOf(naming, mapping))),
        ping: pingMessage(naming),
        page: {
          name: 'page',
          title: 'A page of events',
          contentType: 'application/cloudevents-batch+json',
          payload: {
            type: 'array',
            items: { anyOf: ALL_PUBLIC_EVENTS.map(({ name }) => ({ $ref: `#/components/messages/${name}/payload` })) },
          },
        },
      },
      securitySchemes: {
        token: {
          type: 'httpApiKey',
          in: 'header',
          name: 'Authorization',
          description: '`Token token="<JSON Web Token>"`, or `Bearer <JSON Web Token>`: the tokens of the API.',
        },
      },
    },
  };
}

function serversOf({ origin }: Naming): object {
  const { protocol, host, pathname } = new URL(origin);
  return {
    service: {
      ...{ host, protocol: protocol.slice(0, -1), ...(pathname !== '/' && { pathname }) },
      title: 'The service',
      security: [{ $ref: '#/components/securitySchemes/token' }],
    },
    endpoint: {
      ...{ host: '{host}', protocol: 'https' },
      title: 'A host of a subscriber',
      variables: { host: { description: 'The host of the URL that was registered.' } },
    },
  };
}

/** A reference for each public event, by its name. */
function byName(referenceOf: (name: string) => string): { readonly [name: string]: { readonly $ref: string } } {
  return Object.fromEntries(ALL_PUBLIC_EVENTS.map(({ name }) => [name, { $ref: referenceOf(name) }]));
}

/** A public event as the feed sends it, and as it is delivered to a webhook. */
function messagesOf(naming: Naming, mapping: PublicEvent): [string, object][] {
  const { name, title, description } = mapping;
  const schema = envelopeSchema(naming, mapping);
  const example = exampleEvent(naming, mapping);
  const message = (payload: JsonSchema, shown: object) => ({
    name: fullType(naming, name),
    title,
    description,
    contentType: CLOUD_EVENT,
    correlationId: { location: '$message.payload#/correlationid' },
    payload,
    examples: [{ payload: shown }],
  });
  const delivered = schema.extend({ watermark: WATERMARK }).partial(NOT_IN_THIN);
  return [
    [name, message(payloadOf(schema), example)],
    [
      `${name}.delivery`,
      {
        ...message(payloadOf(delivered), { ...example, watermark: example.cursor }),
        headers: payloadOf(DELIVERY_HEADERS),
      },
    ],
  ];
}

function pingMessage(naming: Naming): object {
  const example = examplePing(naming);
  return {
    name: example.type,
    title: 'A ping',
    description:
      'Sent by `POST /api/v1/webhooks/:id/ping`, to try an endpoint. It is about no event: the feed does not have it.',
    contentType: CLOUD_EVENT,
    payload: payloadOf(pingSchema(naming)),
    headers: payloadOf(DELIVERY_HEADERS),
    examples: [{ payload: example }],
  };
}

/** In the dialect of AsyncAPI, which is a superset of draft 7. */
function payloadOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...payload } = jsonSchemaOf(schema, 'draft-07');
  return payload;
}
