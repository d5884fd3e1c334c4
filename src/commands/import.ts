import type { Fact, Params } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';
import { isSameRequest, type RecordedRequest } from './same-request.ts';

/** Requests the import of an image. The parameters are recorded as sent: a wrong id fails the import later, not the request. */
export interface CreateImport {
  readonly type: 'CreateImport';
  readonly organization_id: string;
  readonly import_type: string | null;
  readonly album_id: string | null;
  /** The parameters to record: without credentials, with `controller` and `action`. */
  readonly params: Params;
  /** Where credentials were taken out, such as `headers[Authorization]`. */
  readonly redacted: readonly string[];
}

export type ImportState =
  | { readonly status: 'absent' }
  | { readonly status: 'requested'; readonly request: RecordedRequest };

/**
 * One import. For a retry (the same request with the same idempotency key) it decides nothing; for another request with
 * that key it refuses.
 */
export const importDecider: Decider<ImportState, CreateImport> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    return event.type === 'ImportRequested' ? { status: 'requested', request: event.data } : state;
  },

  decide(command, state): Fact[] {
    if (state.status === 'absent') {
      const { organization_id, import_type, album_id, params, redacted } = command;
      return [
        { type: 'ImportRequested', data: { organization_id, import_type, album_id, params, redacted: [...redacted] } },
      ];
    }
    if (isSameRequest(state.request, command)) return [];
    throw new CommandRefused(
      'request_differs',
      'This import was requested with other parameters. Send the same parameters again, or choose a new key.',
    );
  },
};
