/**
 * A command of an npm script, as a program and its arguments to spawn. With `exec`, so that the process is Node itself and no shell in
 * between.
 * @param command `node`, its options and a script
 */
export function inShell(command: string): [string, string[]] {
  return ['sh', ['-c', `exec ${command.replace(/^exec /, '').replace(/\bnode\b/, `'${process.execPath}'`)}`]];
}
