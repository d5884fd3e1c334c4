import { readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../../errors/code-of.ts';
import { newId } from '../../events/new-id.ts';

/** Where the processes are that this one can see: a start of a machine, and a space of process ids. Null: not known on this system. */
function here(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** A name for this process as a holder of leases. No other process has it, ever. */
export function newNodeName(): string {
  const where = here();
  return where === null ? newId() : `${newId()} ${where} ${process.pid}`;
}

/** Whether the process of that name has certainly ended. Of a process elsewhere, nobody can tell. */
export function hasEnded(name: string): boolean {
  const [, where, pid] = name.split(' ');
  if (where === undefined || where !== here()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
