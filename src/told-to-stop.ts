import { readFileSync } from 'node:fs';

/** How often it is looked whether npm is still there. */
const LOOK_FOR_NPM_MS = 500;

/**
 * Resolves once this process is told to stop, with what told it: a signal, or the end of the `npm start` that started it. npm passes
 * SIGTERM and SIGINT on; what else ends npm (SIGKILL, or SIGHUP from a terminal that is closed) would leave the service behind.
 */
export function toldToStop(): Promise<string> {
  return new Promise((tell) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, tell);
    // The start script's shell says it: by now npm may have ended, and another process be the parent.
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
 * Whether that process is not the one that started us. Where npm ended before even the shell looked, the shell took whoever looks after
 * orphans for npm. What npm starts is in npm's own process group; an orphan's new parent is in another one. Only Linux tells.
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
  // After the name, which may hold anything: state, parent, process group.
  return stat.slice(stat.lastIndexOf(')')).split(' ')[3];
}
