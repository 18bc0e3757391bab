/** `kubectl rollout …`. */
import type { Command, CommandTable } from '#kubectl/command.ts'

export const command: Command = {
  use: 'rollout SUBCOMMAND',
  about: `Manage the rollout of one or many resources.

 Valid resource types include:

  *  deployments
  *  daemonsets
  *  statefulsets`,
  examples: [
    ['Follow a rollout', 'kubectl rollout status deployment/web'],
    ['Restart the pods of a deployment', 'kubectl rollout restart deployment/web'],
  ],
  flags: [],
  alone: { stream: 'stdout', exitCode: 1 },
}

export const commands: CommandTable = {
  history: {
    summary: 'View the history of a rollout',
    load: async () => (await import('./history.ts')).command,
  },
  pause: {
    summary: 'Mark a resource as paused',
    load: async () => (await import('./change.ts')).pause,
  },
  restart: {
    summary: 'Restart a resource',
    load: async () => (await import('./change.ts')).restart,
  },
  resume: {
    summary: 'Resume a paused resource',
    load: async () => (await import('./change.ts')).resume,
  },
  status: {
    summary: 'Show the status of a rollout',
    load: async () => (await import('./status.ts')).command,
  },
  undo: {
    summary: 'Undo a previous rollout',
    load: async () => (await import('./undo.ts')).command,
  },
}
