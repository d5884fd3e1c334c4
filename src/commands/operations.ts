import type { EventData, EventType, Fact } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

/** Records what was done to the service itself. The command line does it before. */
export type RecordOperation =
  /** Imports that come after the position are performed from now on, by this installation in this log. */
  | Recorded<'MarkImporter', 'ImporterMarked'>
  | Recorded<'StartReplay', 'ReplayStarted'>
  | Recorded<'CompleteReplay', 'ReplayCompleted'>
  | Recorded<'DiscardReplay', 'ReplayDiscarded'>
  | Recorded<'RepairViews', 'ViewsRepaired'>
  | Recorded<'RemoveViews', 'ViewsRemoved'>
  | Recorded<'RetryQuarantine', 'QuarantineRetried'>
  | Recorded<'DismissQuarantine', 'QuarantineDismissed'>;

type Recorded<Type extends string, Event extends EventType> = { readonly type: Type } & Readonly<EventData[Event]>;

export interface OperationsState {
  /** The state of each replay. */
  readonly replays: ReadonlyMap<string, 'running' | 'ended'>;
  /** The logs and installations (`nameOf`) that have a mark. */
  readonly marked: ReadonlySet<string>;
}

/** The service's operations. Records of a replay may be repeated: a replay that was stopped is resumed with the same id. */
export const operationsDecider: Decider<OperationsState, RecordOperation> = {
  initial: { replays: new Map(), marked: new Set() },

  evolve(state, event) {
    switch (event.type) {
      case 'ReplayStarted':
        return withReplay(state, event.data.replay_id, 'running');
      case 'ReplayCompleted':
      case 'ReplayDiscarded':
        return withReplay(state, event.data.replay_id, 'ended');
      case 'ImporterMarked':
        return { ...state, marked: new Set(state.marked).add(nameOf(event.data)) };
      default:
        return state;
    }
  },

  decide(command, { replays, marked }): Fact[] {
    switch (command.type) {
      case 'MarkImporter': {
        const { type, ...data } = command;
        return marked.has(nameOf(data)) ? [] : [{ type: 'ImporterMarked', data }];
      }
      case 'StartReplay': {
        const { type, ...data } = command;
        if (replays.get(data.replay_id) === 'ended') throw new CommandRefused('replay_ended', 'That replay has ended.');
        return replays.has(data.replay_id) ? [] : [{ type: 'ReplayStarted', data }];
      }
      case 'CompleteReplay': {
        const { type, ...data } = command;
        return isRunning(replays, data.replay_id) ? [{ type: 'ReplayCompleted', data }] : [];
      }
      case 'DiscardReplay': {
        const { type, ...data } = command;
        return isRunning(replays, data.replay_id) ? [{ type: 'ReplayDiscarded', data }] : [];
      }
      case 'RepairViews': {
        const { type, ...data } = command;
        return data.streams.length > 0 ? [{ type: 'ViewsRepaired', data }] : [];
      }
      case 'RemoveViews': {
        const { type, ...data } = command;
        return [{ type: 'ViewsRemoved', data }];
      }
      case 'RetryQuarantine': {
        const { type, ...data } = command;
        return [{ type: 'QuarantineRetried', data }];
      }
      case 'DismissQuarantine': {
        const { type, ...data } = command;
        return [{ type: 'QuarantineDismissed', data }];
      }
    }
  },
};

function withReplay(state: OperationsState, id: string, status: 'running' | 'ended'): OperationsState {
  return { ...state, replays: new Map(state.replays).set(id, status) };
}

function nameOf({ log, service }: EventData['ImporterMarked']): string {
  return `${log} ${service}`;
}

function isRunning(replays: OperationsState['replays'], id: string): boolean {
  const status = replays.get(id);
  if (status === undefined) throw new CommandRefused('replay_unknown', 'No such replay was ever started.');
  return status === 'running';
}
