import type { Context } from 'koa';
import type { z } from 'zod';
import type { RequestHeader, ResponseHeader } from './description/headers.ts';
import type { Caller } from './in/authenticate.ts';
import type { Answer } from './out/answer.ts';
import type { ProblemCode } from './out/problem.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

/**
 * Who may call a route: `caller`, who sends a valid token; `operator`, whose token is of a user whose role is operator (to any other
 * caller, nothing is there); `anyone`, without a token.
 */
export type Access = 'caller' | 'operator' | 'anyone';

/** What a handler gets of a request. */
export type Asked<A extends Access, Query, InPath> = {
  readonly ctx: Context;
  readonly state: RequestState;
  /** The parameters of the query string, as they were declared. */
  readonly query: Query;
  /** What the path names, as it was declared. */
  readonly inPath: InPath;
} & (A extends 'anyone' ? unknown : { readonly caller: Caller });

/** An answer without a problem, as it is described. */
export interface DeclaredAnswer {
  readonly description: string;
  readonly body: z.ZodType;
  /** `application/json`, unless told otherwise. */
  readonly mediaType?: string;
  /** The headers that this answer has besides those of all. With `ETag`, there is a 304, too. */
  readonly headers?: readonly ResponseHeader[];
  readonly examples?: { readonly [name: string]: unknown };
  readonly links?: {
    readonly [name: string]: { operationId: string; parameters: { [name: string]: string }; description: string };
  };
}

/** All that there is to know of a route. The router, the checks of parameters and `/openapi.json` are made of it. */
export interface Declaration<A extends Access, Query extends z.ZodObject, InPath extends z.ZodObject> {
  /** What programs that are made from the description call it. */
  readonly id: string;
  readonly tag: 'Imports' | 'Operations';
  readonly method: 'GET' | 'POST';
  /** As Koa's router has it: `/api/v1/imports/:id`. */
  readonly path: string;
  readonly access: A;
  readonly summary: string;
  readonly description?: string;
  /** What the path names. What its schema refuses is not there: a 404 with the schema's message. */
  readonly inPath?: InPath;
  /** The parameters of the query string: each has one value, and its schema's messages go on from its name ("takes …"). */
  readonly query?: Query;
  /** The headers that it reads, besides those that all routes do. */
  readonly headers?: readonly RequestHeader[];
  /** A body, which the handler reads itself, and parameters of any name. Without it, a body is refused, and so are parameters that are not declared. */
  readonly body?: { readonly description: string; readonly schema: z.ZodType };
  readonly answers: { readonly [status: number]: DeclaredAnswer };
  /** The problems that it may answer, besides those of all routes of its `access`. */
  readonly problems: readonly ProblemCode[];
  handle(asked: Asked<A, z.output<Query>, z.output<InPath>>, services: Services): Promise<Answer>;
}

// biome-ignore lint/complexity/noBannedTypes: a route without parameters gets none
type None = z.ZodObject<{}>;

/** A route of any kind. */
export type Route = Declaration<Access, z.ZodObject, z.ZodObject>;

/** Declares a route: it is reached once it is in the list of `routes.ts`. */
export function route<A extends Access, Query extends z.ZodObject = None, InPath extends z.ZodObject = None>(
  declaration: Declaration<A, Query, InPath>,
): Route {
  return declaration as unknown as Route;
}
