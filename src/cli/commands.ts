import type { Command } from 'commander';
import type { Context } from './context.ts';

/** Adds a command to the program. */
type Add = (program: Command, context: Context) => void;

/**
 * All commands, in the groups of the help, by the words that begin them. Each is loaded when it is needed: what all of them import takes
 * longer to load than most of them take to run.
 */
export const COMMANDS: { readonly [heading: string]: { readonly [name: string]: () => Promise<Add> } } = {
  'Who may use the API:': {
    users: async () => (await import('./users.ts')).addUsersCommands,
    secrets: async () => (await import('./secrets.ts')).addSecretsCommands,
    token: async () => (await import('./token.ts')).addTokenCommand,
    keys: async () => (await import('./keys.ts')).addKeysCommands,
  },
  'What happened:': {
    audit: async () => (await import('./audit.ts')).addAuditCommand,
    show: async () => (await import('./show.ts')).addShowCommand,
    events: async () => (await import('./events.ts')).addEventsCommand,
  },
  'What is done:': {
    work: async () => (await import('./work.ts')).addWorkCommand,
    retry: async () => (await import('./retry.ts')).addRetryCommand,
  },
  'Who is told:': {
    follow: async () => (await import('./follow.ts')).addFollowCommand,
    webhooks: async () => (await import('./webhooks.ts')).addWebhooksCommands,
  },
  'Where images come from:': {
    connections: async () => (await import('./connections.ts')).addConnectionsCommands,
  },
  'The views and the log:': {
    verify: async () => (await import('./verify.ts')).addVerifyCommand,
    quarantine: async () => (await import('./quarantine.ts')).addQuarantineCommands,
    replay: async () => (await import('./replay.ts')).addReplayCommand,
    versions: async () => (await import('./versions.ts')).addVersionsCommands,
    export: async () => (await import('./export.ts')).addExportCommand,
    load: async () => (await import('./load.ts')).addLoadCommand,
    backup: async () => (await import('./backup.ts')).addBackupCommand,
    restore: async () => (await import('./restore.ts')).addRestoreCommand,
    salvage: async () => (await import('./salvage.ts')).addSalvageCommand,
  },
  'The state of the service:': {
    status: async () => (await import('./status.ts')).addStatusCommand,
    check: async () => (await import('./check.ts')).addCheckCommand,
  },
};
