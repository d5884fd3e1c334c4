import type { EventData, Fact } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

export type ConnectionSettings = EventData['ConnectionAdded'];

export type Pause = EventData['ConnectionPaused'];

export type ConnectionCommand =
  /** Adds it, or gives it other settings. `hasNewSecret`: a secret was sealed for it, which is in no event. */
  | { readonly type: 'AddConnection'; readonly settings: ConnectionSettings; readonly hasNewSecret: boolean }
  | { readonly type: 'RemoveConnection' }
  | ({ readonly type: 'PauseConnection'; readonly nowMs: number } & Readonly<Pause>)
  /** `reason` is an operator's; null: it works again after a pause. `nowMs` is in milliseconds since 1970. */
  | { readonly type: 'ResumeConnection'; readonly reason: string | null; readonly nowMs: number };

export interface ConnectionState {
  readonly status: 'absent' | 'connected' | 'removed';
  readonly settings: ConnectionSettings | null;
  /** The last pause, until it is resumed or the connection gets other settings, even if its time is over. */
  readonly paused: Pause | null;
}

/** How one organization's Salesforce is reached, and whether it may be asked. */
export const connectionDecider: Decider<ConnectionState, ConnectionCommand> = {
  initial: { status: 'absent', settings: null, paused: null },

  evolve(state, event) {
    switch (event.type) {
      case 'ConnectionAdded':
        return { status: 'connected', settings: event.data, paused: pauseAfterChange(state.paused) };
      case 'ConnectionRemoved':
        return { status: 'removed', settings: null, paused: null };
      case 'ConnectionPaused':
        return { ...state, paused: event.data };
      case 'ConnectionResumed':
        return { ...state, paused: null };
      default:
        return state;
    }
  },

  decide(command, { status, settings, paused }): Fact[] {
    if (command.type === 'AddConnection') {
      const isKnown = JSON.stringify(settings) === JSON.stringify(command.settings) && !command.hasNewSecret;
      return isKnown ? [] : [{ type: 'ConnectionAdded', data: command.settings }];
    }
    if (command.type === 'RemoveConnection' && status === 'removed') return [];
    if (status !== 'connected') {
      throw new CommandRefused(
        'connection_unknown',
        'The organization has no connection: add one with `imports connections add`.',
      );
    }
    switch (command.type) {
      case 'RemoveConnection':
        return [{ type: 'ConnectionRemoved', data: {} }];
      case 'PauseConnection': {
        const { reason, detail, until } = command;
        return isNew(command, paused) ? [{ type: 'ConnectionPaused', data: { reason, detail, until } }] : [];
      }
      case 'ResumeConnection': {
        if (paused === null) return [];
        const isByItself = command.reason === null;
        if (isByItself && (paused.reason === 'asked' || holds(paused, command.nowMs))) return [];
        return [{ type: 'ConnectionResumed', data: { reason: command.reason } }];
      }
    }
  },
};

/** Other settings may mend what was wrong. What an operator paused stays paused. */
function pauseAfterChange(paused: Pause | null): Pause | null {
  return paused?.reason === 'asked' ? paused : null;
}

/** What fails at the same time pauses once; nothing but an operator's word follows an operator's pause. */
function isNew({ reason, detail, until, nowMs }: Pause & { readonly nowMs: number }, paused: Pause | null): boolean {
  if (paused === null) return true;
  if (paused.reason === 'asked') return reason === 'asked' && (detail !== paused.detail || until !== paused.until);
  if (reason === 'asked' || !holds(paused, nowMs)) return true;
  return reason !== paused.reason && paused.until !== null && (until === null || until > paused.until);
}

function holds({ until }: Pause, nowMs: number): boolean {
  return until === null || Date.parse(until) > nowMs;
}
