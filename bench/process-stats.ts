import { readFileSync } from 'node:fs';

/** What Linux tells of a process in /proc; NaN on a system that has none. Source: proc(5). */

const TICKS_PER_SECOND = 100;
/** Where `utime` stands behind the command's closing bracket; `stime` follows it. */
const UTIME = 11;

/** CPU time that all threads of the process have used, user and system, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[UTIME + 1])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10⁶ bytes): now, and the most that it ever was. */
export function residentMb(pid: number): { now: number; highest: number } {
  const status = read(pid, 'status');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: (kibibytes('VmRSS') * 1024) / 1e6, highest: (kibibytes('VmHWM') * 1024) / 1e6 };
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
