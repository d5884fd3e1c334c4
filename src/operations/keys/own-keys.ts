import type { RecordAccess } from '../../commands/access.ts';
import type { EventLog } from '../../events/event-log.ts';
import { Keys } from '../../tokens/keys.ts';
import { type KeysOfLog, keysOfLog, presentKeys } from '../../tokens/log-keys.ts';

/** Whether the configured keys are those of a log. What another key signs or seals is accepted and opened nowhere. */

/** The configured keys are not those of the log. The message says what to do. */
export class OtherKey extends Error {
  readonly code = 'other_key';

  constructor(reason: string) {
    super(reason);
    this.name = 'OtherKey';
  }
}

const AS_SERVICE =
  'Set JWT_SECRET (or JWT_SECRET_FILE) as the service has it, with white space at its end if it has some. sudo drops it, unless it is told to keep it: sudo --preserve-env=JWT_SECRET. In development it is the text in DATA_DIR/jwt_secret.';
const IF_LOST =
  'If that key is lost, and all that was made with it may end (tokens, secrets of organizations, signatures of webhooks, sealed secrets): start ' +
  'the service once with --adopt: npm start -- --adopt.';

type Log = Pick<EventLog, 'id' | 'readStream'>;

/** What a service does with its keys. */
export interface KeyCheck {
  /** Records what it finds in the log. */
  record(access: RecordAccess): Promise<unknown>;
  warn(message: string): void;
  /** Whether the keys are taken though the log knows none of them (`--adopt`). */
  readonly isAdopted: boolean;
}

/**
 * The configured keys as the service uses them: without those that the log has retired; what does not say its key belongs to the first
 * key of the log. A new key that stands before one of the log's is introduced to the log; if the log has none, all are.
 * @throws {OtherKey | LogUnavailable}
 */
export async function keysOfService(configured: Keys, log: Log, { record, warn, isAdopted }: KeyCheck): Promise<Keys> {
  const known = await keysOfLog(log);
  const present = presentKeys(known);
  const introduce = (key: string) => record({ type: 'IntroduceKey', data: { key } });
  if (known.oldest === null) {
    for (const { fingerprint } of configured.all.toReversed()) await introduce(fingerprint);
    return configured;
  }
  const accepted = isAdopted ? configured.all : configured.all.filter((key) => !isRetired(key.fingerprint, known));
  if (!accepted.some(({ fingerprint }) => present.includes(fingerprint))) {
    if (!isAdopted) throw new OtherKey(`${difference(configured, known)} ${AS_SERVICE} ${IF_LOST}`);
    await record({ type: 'AdoptStore', data: { store: 'key', from: present.at(-1) ?? known.oldest } });
  }
  const keys = new Keys(accepted, known.oldest);
  if (!present.includes(keys.newest.fingerprint)) await introduce(keys.newest.fingerprint);
  for (const { fingerprint } of configured.all.filter((key) => !keys.has(key.fingerprint))) {
    warn(`JWT_SECRET has the key ${fingerprint}, which is retired, so it is not accepted. Take it out of JWT_SECRET.`);
  }
  for (const fingerprint of present.filter((key) => !keys.has(key))) {
    warn(
      `JWT_SECRET does not have the key ${fingerprint} of this log: what was made with it is not accepted. Add it at the end of JWT_SECRET, ` +
        'after a comma. `npx imports keys list` shows what hangs on it.',
    );
  }
  return keys;
}

/**
 * The configured keys as a command uses them, beside the service. It introduces none: the service must have a key before something is made
 * with it.
 * @throws {OtherKey | LogUnavailable}
 */
export async function keysOfCommand(configured: Keys, log: Log): Promise<Keys> {
  const known = await keysOfLog(log);
  if (known.oldest === null) return configured;
  const present = presentKeys(known);
  const accepted = configured.all.filter((key) => !isRetired(key.fingerprint, known));
  const [first] = accepted;
  if (first === undefined || !accepted.some(({ fingerprint }) => fingerprint === present.at(-1))) {
    throw new OtherKey(`${difference(configured, known)} What this command makes would not be accepted. ${AS_SERVICE}`);
  }
  if (!present.includes(first.fingerprint)) {
    throw new OtherKey(
      `The service does not have the key ${first.fingerprint} yet, which is the first in JWT_SECRET here: what this command makes would not be ` +
        'accepted. Start the service with this JWT_SECRET first.',
    );
  }
  return new Keys(accepted, known.oldest);
}

function isRetired(fingerprint: string, { keys }: KeysOfLog): boolean {
  return keys.some((key) => key.fingerprint === fingerprint && key.retiredAt !== null);
}

/** Which keys are here, and which the log has. */
function difference(configured: Keys, known: KeysOfLog): string {
  const here = configured.all.map(({ fingerprint }) =>
    isRetired(fingerprint, known) ? `${fingerprint} (retired)` : fingerprint,
  );
  const its = presentKeys(known)
    .toReversed()
    .map((fingerprint, index) => (index === 0 ? `${fingerprint} (the newest)` : fingerprint));
  return `JWT_SECRET is not that of this log: here is the key ${here.join(', ')}; the log has ${its.join(', ')}.`;
}
