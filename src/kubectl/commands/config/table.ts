/** `kubectl config …`. */
import type { CommandTable } from '#kubectl/command.ts'

export const commands: CommandTable = {
  'current-context': {
    summary: 'Display the current context',
    load: async () => (await import('./contexts.ts')).currentContext,
  },
  'delete-cluster': {
    summary: 'Delete a cluster from the kubeconfig',
    load: async () => (await import('./delete.ts')).deleteCluster,
  },
  'delete-context': {
    summary: 'Delete a context from the kubeconfig',
    load: async () => (await import('./delete.ts')).deleteContext,
  },
  'delete-user': {
    summary: 'Delete a user from the kubeconfig',
    load: async () => (await import('./delete.ts')).deleteUser,
  },
  'get-clusters': {
    summary: 'Display the clusters of the kubeconfig',
    load: async () => (await import('./names.ts')).getClusters,
  },
  'get-contexts': {
    summary: 'Describe one or many contexts',
    load: async () => (await import('./get-contexts.ts')).command,
  },
  'get-users': {
    summary: 'Display the users of the kubeconfig',
    load: async () => (await import('./names.ts')).getUsers,
  },
  'rename-context': {
    summary: 'Rename a context',
    load: async () => (await import('./contexts.ts')).renameContext,
  },
  set: {
    summary: 'Set a single value in a kubeconfig file',
    load: async () => (await import('./set.ts')).set,
  },
  'set-cluster': {
    summary: 'Set a cluster entry',
    load: async () => (await import('./set-cluster.ts')).command,
  },
  'set-context': {
    summary: 'Set a context entry',
    load: async () => (await import('./set-context.ts')).command,
  },
  'set-credentials': {
    summary: 'Set a user entry',
    load: async () => (await import('./set-credentials.ts')).command,
  },
  unset: {
    summary: 'Unset a single value in a kubeconfig file',
    load: async () => (await import('./set.ts')).unset,
  },
  'use-context': {
    aliases: ['use'],
    summary: 'Set the current context',
    load: async () => (await import('./contexts.ts')).useContext,
  },
  view: {
    summary: 'Display the merged kubeconfig, or a file of it',
    load: async () => (await import('./view.ts')).command,
  },
}
