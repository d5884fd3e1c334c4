import { readFileSync } from 'node:fs';

/** How often to check whether npm is still running. */
const LOOK_FOR_NPM_MS = 500;

/**
 * Resolves with the reason to stop: a signal, or the end of the `npm start` that started this process. npm passes on SIGTERM and SIGINT. If
 * another signal ends npm (SIGKILL, or SIGHUP when a terminal is closed), the service would otherwise continue without it.
 */
export function stopReason(): Promise<string> {
  return new Promise((tell) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, tell);
    // From the start script's shell: npm may have ended, and another process may be the parent now.
    const npm = Number(process.env.NPM_PID);
    if (!npm) return;
    const look = () => {
      if (process.ppid !== npm) tell('npm has ended');
    };
    look();
    if (isStranger(npm)) tell('npm has ended');
    setInterval(look, LOOK_FOR_NPM_MS).unref();
  });
}

/**
 * Whether that process did not start us. If npm ended before the shell looked, the shell took the parent of orphans for npm. We are in the
 * process group of npm; the new parent of an orphan is in another one. Only Linux says this.
 */
function isStranger(pid: number): boolean {
  try {
    return groupOf(pid) !== groupOf(process.pid);
  } catch {
    return false;
  }
}

function groupOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold any text: state, parent, process group.
  return stat.slice(stat.lastIndexOf(')')).split(' ')[3];
}
