import type { CommandContext } from '../commands/new-events.ts';
import type { Caller } from './in/authenticate.ts';
import type { RequestState } from './request.ts';

/** Longer ones are not recorded: an event is kept for ever. The log line of the request has their beginning. */
const LONGEST_TOKEN_ID = 100;

/** Who acts in a request, from where, and with which token: what each event of it says. */
export type RequestContext = Omit<CommandContext, 'organization_id'>;

export function requestContext(state: RequestState, { identity }: Pick<Caller, 'identity'>): RequestContext {
  const { address, tokenId, requestId, callerRequestId } = state;
  return {
    ...identity,
    ...(address !== undefined && { address }),
    ...(tokenId !== undefined && tokenId.length <= LONGEST_TOKEN_ID && { token_id: tokenId }),
    request_id: requestId,
    ...(callerRequestId !== undefined && { caller_request_id: callerRequestId }),
  };
}

/** The same, for the caller's organization. */
export function callersContext(state: RequestState, caller: Caller): CommandContext {
  return { organization_id: caller.organizationId, ...requestContext(state, caller) };
}
