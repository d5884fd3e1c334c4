import { readFileSync } from 'node:fs';

/** The figures of a process in Linux's /proc; NaN on a system without it. Source: proc(5). */

const TICKS_PER_SECOND = 100;
/** The index of `utime` among the fields after the command's closing bracket; `stime` follows it. */
const UTIME = 11;

/** The CPU time of all threads of the process, user and system, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[UTIME + 1])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10⁶ bytes): now, and the highest so far. */
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
