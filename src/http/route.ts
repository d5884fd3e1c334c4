import type { Context } from 'koa';
import type { z } from 'zod';
import type { RequestHeader, ResponseHeader } from './description/headers.ts';
import type { Caller } from './in/authenticate.ts';
import type { Answer } from './out/answer.ts';
import type { ProblemCode } from './out/problem.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

/**
 * Who may call a route. `caller`: sends a valid token, but not one of a worker. `worker`: sends a token of a user whose role is worker.
 * `operator`: sends a token of a user whose role is operator; any other caller gets the 404 of an unknown path. `anyone`: needs no token.
 */
export type Access = 'caller' | 'worker' | 'operator' | 'anyone';

/** What a handler gets of a request. */
export type Asked<A extends Access, Query, InPath, Json = object> = {
  readonly ctx: Context;
  readonly state: RequestState;
  /** The parameters of the query string, as they were declared. */
  readonly query: Query;
  /** The parameters of the path, as they were declared. */
  readonly inPath: InPath;
  /** The members of the JSON body, as they were declared. */
  readonly json: Json;
} & (A extends 'anyone' ? unknown : { readonly caller: Caller });

/** The description of an answer that is no problem. */
export interface DeclaredAnswer {
  readonly description: string;
  /** Null: the answer has no body. */
  readonly body: z.ZodType | null;
  /** `application/json` if it is not set. */
  readonly mediaType?: string;
  /** Caches may keep it. It carries no token. */
  readonly isKept?: true;
  /** The media type of the same as a stream, which callers may ask for instead. */
  readonly streamed?: string;
  /** The headers of this answer, besides those of every answer. With `ETag`, there is a 304, too. */
  readonly headers?: readonly ResponseHeader[];
  readonly examples?: { readonly [name: string]: unknown };
  readonly links?: {
    readonly [name: string]: { operationId: string; parameters: { [name: string]: string }; description: string };
  };
}

/** The whole declaration of a route. The router, the checks of parameters and `/openapi.json` follow from it. */
interface Declaration<
  A extends Access,
  Query extends z.ZodObject,
  InPath extends z.ZodObject,
  Json extends z.ZodObject,
> {
  /** The name of the operation in clients that are made from the description. */
  readonly id: string;
  readonly tag: 'Imports' | 'Images' | 'Work' | 'Events' | 'Webhooks' | 'Operations';
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** In the form of Koa's router: `/api/v1/imports/:id`. */
  readonly path: string;
  readonly access: A;
  /** Workers may call it, too. For a route with `access: 'caller'`. */
  readonly forWorkers?: true;
  /** The original has this route, too. What a token may not do gets 401 there. */
  readonly isOfOriginal?: true;
  readonly summary: string;
  readonly description?: string;
  /** The parameters of the path. A value that the schema refuses gets a 404 with the schema's message. */
  readonly inPath?: InPath;
  /** The parameters of the query string. Each has one value. The messages of its schema continue after its name ("takes …"). */
  readonly query?: Query;
  /** The headers that it reads, besides those that all routes read. */
  readonly headers?: readonly RequestHeader[];
  /** A body, which the handler reads itself, with parameters of any name. If it is not set, a body and undeclared parameters are refused. */
  readonly body?: { readonly description: string; readonly schema: z.ZodType };
  /** Bytes as the body, which the handler reads itself as they come, after it has begun its share of the event loop. What they are. */
  readonly upload?: string;
  /**
   * A JSON object as the body, of at most 64 KiB. Unknown members are refused. The messages of its schema continue after a member's name
   * ("takes …").
   */
  readonly json?: Json;
  readonly answers: { readonly [status: number]: DeclaredAnswer };
  /** The problems that it may answer, besides those of all routes with its `access`. */
  readonly problems: readonly ProblemCode[];
  handle(asked: Asked<A, z.output<Query>, z.output<InPath>, z.output<Json>>, services: Services): Promise<Answer>;
}

// biome-ignore lint/complexity/noBannedTypes: a route without parameters gets none
type None = z.ZodObject<{}>;

/** A route of any kind. */
export type Route = Declaration<Access, z.ZodObject, z.ZodObject, z.ZodObject>;

/** Declares a route. Callers reach it if `routes.ts` lists it. */
export function route<
  A extends Access,
  Query extends z.ZodObject = None,
  InPath extends z.ZodObject = None,
  Json extends z.ZodObject = None,
>(declaration: Declaration<A, Query, InPath, Json>): Route {
  return declaration as unknown as Route;
}
