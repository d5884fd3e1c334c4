import { hostname, userInfo } from 'node:os';

/** Who does something at the command line, where, and why: it is in the metadata of each event of it. */
export interface Operator {
  readonly operator: string;
  readonly host: string;
  readonly reason?: string;
}

/** The options of every subcommand that changes something. */
export const OPERATOR = [
  '--operator <name>',
  'who does it, for the audit (default: IMPORTS_OPERATOR, SUDO_USER, or the login name)',
] as const;
export const REASON = ['--reason <text>', 'why, for the audit'] as const;

/** Who started this process. Read at once, since a process of root gives up its rights later. */
const LOGIN = nameOfUser();

/** @param options of the subcommand */
export function operatorOf(
  env: NodeJS.ProcessEnv,
  { operator, reason }: { readonly operator?: string; readonly reason?: string },
): Operator {
  const name = operator || env.IMPORTS_OPERATOR || env.SUDO_USER || LOGIN;
  return { operator: name, host: hostname(), ...(reason !== undefined && { reason }) };
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
