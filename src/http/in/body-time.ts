import type { IncomingMessage } from 'node:http';
import { mayHaveBody } from './read-body.ts';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout | 'lifted'>();

/** Calls `onLate` if the body of the request has not arrived in full after a time in milliseconds. */
export function limitBodyTime(request: IncomingMessage, ms: number, onLate: () => void): void {
  if (!mayHaveBody(request)) return;
  // Most bodies come with the headers: by the next turn they have arrived, and need no timer.
  setImmediate(() => {
    if (request.complete || request.destroyed || timers.has(request)) return;
    const timer = setTimeout(() => {
      if (!request.complete) onLate();
    }, ms);
    timers.set(request, timer);
    request.once('close', () => clearTimeout(timer));
  });
}

/** The body may take longer. Whoever reads it has limits of its own. */
export function liftBodyTime(request: IncomingMessage): void {
  const timer = timers.get(request);
  if (typeof timer === 'object') clearTimeout(timer);
  timers.set(request, 'lifted');
}
