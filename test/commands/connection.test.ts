import { type ConnectionCommand, connectionDecider } from '../../src/commands/connection.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { CONNECTION_ADDED as added } from '../support/events.ts';
import { given } from '../support/given.ts';

const NOW = Date.parse('2026-11-24T10:00:00.000Z');
const LATER = '2026-11-24T10:05:00.000Z';
const LATEST = '2026-11-24T12:00:00.000Z';

const add: ConnectionCommand = { type: 'AddConnection', settings: added.data, hasNewSecret: false };
const remove: ConnectionCommand = { type: 'RemoveConnection' };
const pauseFor = (
  reason: 'asked' | 'connection_refused' | 'limit_exceeded',
  until: string | null = LATER,
  nowMs = NOW,
): ConnectionCommand => ({ type: 'PauseConnection', reason, detail: 'why', until, nowMs });
const resume: ConnectionCommand = { type: 'ResumeConnection', reason: 'mended', nowMs: NOW };
const resumeByItself = (nowMs: number): ConnectionCommand => ({ type: 'ResumeConnection', reason: null, nowMs });

const removed: Fact = { type: 'ConnectionRemoved', data: {} };
const pausedFor = (reason: 'asked' | 'connection_refused' | 'limit_exceeded', until: string | null = LATER): Fact => ({
  type: 'ConnectionPaused',
  data: { reason, detail: 'why', until },
});
const resumed = (reason: string | null): Fact => ({ type: 'ConnectionResumed', data: { reason } });

const AFTER = Date.parse(LATER);

describe('a connection', () => {
  it('is added, and changed if it is added with other settings', () => {
    given(connectionDecider).when(add).then(added);
    given(connectionDecider, added).when(add).then();
    const settings = { ...added.data, username: 'another@example.com' };
    given(connectionDecider, added)
      .when({ ...add, settings })
      .then({ type: 'ConnectionAdded', data: settings });
  });

  it('is on record again if only its secret, which is in no event, is another one', () => {
    given(connectionDecider, added)
      .when({ ...add, hasNewSecret: true })
      .then(added);
  });

  it('is removed once, and may be added again', () => {
    given(connectionDecider, added).when(remove).then(removed);
    given(connectionDecider, added, removed).when(remove).then();
    given(connectionDecider, added, removed).when(add).then(added);
  });

  it('must be there to be removed, paused or resumed', () => {
    for (const command of [pauseFor('asked'), resume]) {
      given(connectionDecider).when(command).thenRefused('connection_unknown');
      given(connectionDecider, added, removed).when(command).thenRefused('connection_unknown');
    }
    given(connectionDecider).when(remove).thenRefused('connection_unknown');
  });

  it('is paused once by all that fails at the same time', () => {
    given(connectionDecider, added).when(pauseFor('limit_exceeded')).then(pausedFor('limit_exceeded'));
    given(connectionDecider, added, pausedFor('limit_exceeded')).when(pauseFor('limit_exceeded', LATEST)).then();
  });

  it('is paused again when the pause is over, and for something else that lasts longer', () => {
    given(connectionDecider, added, pausedFor('limit_exceeded'))
      .when(pauseFor('limit_exceeded', LATEST, AFTER))
      .then(pausedFor('limit_exceeded', LATEST));
    given(connectionDecider, added, pausedFor('limit_exceeded'))
      .when(pauseFor('connection_refused', LATEST))
      .then(pausedFor('connection_refused', LATEST));
    given(connectionDecider, added, pausedFor('limit_exceeded', LATEST)).when(pauseFor('connection_refused')).then();
    given(connectionDecider, added, pausedFor('limit_exceeded', null)).when(pauseFor('connection_refused')).then();
  });

  it("stays paused by an operator, whatever fails, until an operator's word", () => {
    const asked = given(connectionDecider, added, pausedFor('limit_exceeded', null), pausedFor('asked', null));
    asked.when(pauseFor('connection_refused', LATEST)).then();
    asked.when(pauseFor('asked', null)).then();
    asked.when(pauseFor('asked', LATER)).then(pausedFor('asked', LATER));
    asked.when(resumeByItself(AFTER)).then();
    asked.when(resume).then(resumed('mended'));
  });

  it('is resumed by an operator at any time, and by itself when the pause is over', () => {
    given(connectionDecider, added).when(resume).then();
    const paused = given(connectionDecider, added, pausedFor('limit_exceeded'));
    paused.when(resume).then(resumed('mended'));
    paused.when(resumeByItself(NOW)).then();
    paused.when(resumeByItself(AFTER)).then(resumed(null));
    given(connectionDecider, added, pausedFor('limit_exceeded'), resumed(null)).when(resumeByItself(AFTER)).then();
  });

  it('is not paused any more with other settings, unless an operator paused it', () => {
    given(connectionDecider, added, pausedFor('limit_exceeded'), added).when(resume).then();
    given(connectionDecider, added, pausedFor('asked'), added).when(resume).then(resumed('mended'));
  });
});
