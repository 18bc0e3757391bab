/** `kubectl create …`: one file for each kind. */
import type { CommandTable } from '#kubectl/command.ts'

export const commands: CommandTable = {
  clusterrole: {
    summary: 'Create a cluster role',
    load: async () => (await import('./role.ts')).clusterRole,
  },
  clusterrolebinding: {
    summary: 'Create a cluster role binding',
    load: async () => (await import('./role-binding.ts')).clusterRoleBinding,
  },
  configmap: {
    aliases: ['cm'],
    summary: 'Create a config map from files, folders or literals',
    load: async () => (await import('./configmap.ts')).command,
  },
  cronjob: {
    aliases: ['cj'],
    summary: 'Create a cron job',
    load: async () => (await import('./cronjob.ts')).command,
  },
  deployment: {
    aliases: ['deploy'],
    summary: 'Create a deployment',
    load: async () => (await import('./deployment.ts')).command,
  },
  ingress: {
    aliases: ['ing'],
    summary: 'Create an ingress',
    load: async () => (await import('./ingress.ts')).command,
  },
  job: { summary: 'Create a job', load: async () => (await import('./job.ts')).command },
  namespace: {
    aliases: ['ns'],
    summary: 'Create a namespace',
    load: async () => (await import('./namespace.ts')).command,
  },
  poddisruptionbudget: {
    aliases: ['pdb'],
    summary: 'Create a pod disruption budget',
    load: async () => (await import('./pod-disruption-budget.ts')).command,
  },
  priorityclass: {
    aliases: ['pc'],
    summary: 'Create a priority class',
    load: async () => (await import('./priority-class.ts')).command,
  },
  quota: {
    aliases: ['resourcequota'],
    summary: 'Create a resource quota',
    load: async () => (await import('./quota.ts')).command,
  },
  role: { summary: 'Create a role', load: async () => (await import('./role.ts')).role },
  rolebinding: {
    summary: 'Create a role binding',
    load: async () => (await import('./role-binding.ts')).roleBinding,
  },
  secret: {
    summary: 'Create a secret of a given type',
    load: async () => (await import('./secret.ts')).command,
    commands: async () => (await import('./secret.ts')).commands,
  },
  service: {
    aliases: ['svc'],
    summary: 'Create a service of a given type',
    load: async () => (await import('./service.ts')).command,
    commands: async () => (await import('./service.ts')).commands,
  },
  serviceaccount: {
    aliases: ['sa'],
    summary: 'Create a service account',
    load: async () => (await import('./service-account.ts')).command,
  },
  token: {
    summary: 'Ask for a token of a service account',
    load: async () => (await import('./token.ts')).command,
  },
}
