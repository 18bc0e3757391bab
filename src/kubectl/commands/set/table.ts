/** `kubectl set …`. */
import type { Command, CommandTable } from '#kubectl/command.ts'

export const command: Command = {
  use: 'set SUBCOMMAND',
  about: `Configure application resources.

 Each of these commands changes one feature of resources that exist already.`,
  flags: [],
  alone: { stream: 'stdout', exitCode: 1 },
}

export const commands: CommandTable = {
  env: {
    summary: 'Update environment variables of a pod template',
    load: async () => (await import('./env.ts')).command,
  },
  image: {
    summary: 'Update the image of a pod template',
    load: async () => (await import('./image.ts')).command,
  },
  resources: {
    summary: 'Update requests and limits of what has a pod template',
    load: async () => (await import('./resources.ts')).command,
  },
  selector: {
    summary: 'Set the selector of a resource',
    load: async () => (await import('./selector.ts')).command,
  },
  serviceaccount: {
    summary: 'Update the service account of a resource',
    aliases: ['sa'],
    load: async () => (await import('./service-account.ts')).command,
  },
  subject: {
    summary: 'Update the users, groups and service accounts of a role binding',
    load: async () => (await import('./subject.ts')).command,
  },
}
