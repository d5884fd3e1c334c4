/**
 * A command of an npm script, as a program and its arguments to spawn. `exec` makes the process Node itself, without a shell.
 * @param command `node`, its options and a script
 */
export function inShell(command: string): [string, string[]] {
  return ['sh', ['-c', `exec ${command.replace(/^exec /, '').replace(/\bnode\b/, `'${process.execPath}'`)}`]];
}
