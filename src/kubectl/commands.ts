/**
 * Every command, in the order of `kubectl --help`. A row without `load` is not there yet: it is refused by
 * name. Subcommands have tables of their own beside their files.
 */
import type { CommandTable } from './command.ts'

const beginner = 'Basic Commands (Beginner)'
const intermediate = 'Basic Commands (Intermediate)'
const deploy = 'Deploy Commands'
const cluster = 'Cluster Management Commands'
const troubleshooting = 'Troubleshooting and Debugging Commands'
const advanced = 'Advanced Commands'
const settings = 'Settings Commands'
const other = 'Other Commands'

export const commands: CommandTable = {
  create: {
    group: beginner,
    summary: 'Create a resource from a file, standard input or flags',
    load: async () => (await import('./commands/create/create.ts')).command,
    commands: async () => (await import('./commands/create/table.ts')).commands,
  },
  expose: {
    group: beginner,
    summary: 'Expose a resource as a new service',
    load: async () => (await import('./commands/expose.ts')).command,
  },
  run: {
    group: beginner,
    summary: 'Run an image on the cluster',
    load: async () => (await import('./commands/run.ts')).command,
  },
  set: {
    group: beginner,
    summary: 'Set single features of objects',
    load: async () => (await import('./commands/set/table.ts')).command,
    commands: async () => (await import('./commands/set/table.ts')).commands,
  },
  explain: {
    group: intermediate,
    summary: 'Show the documentation of a resource',
    load: async () => (await import('./commands/explain.ts')).command,
  },
  get: {
    group: intermediate,
    summary: 'Display one or many resources',
    load: async () => (await import('./commands/get.ts')).command,
  },
  edit: {
    group: intermediate,
    summary: 'Edit a resource on the server',
    load: async () => (await import('./commands/edit.ts')).command,
  },
  delete: {
    group: intermediate,
    summary: 'Delete resources by file, name or label',
    load: async () => (await import('./commands/delete.ts')).command,
  },
  rollout: {
    group: deploy,
    summary: 'Manage the rollout of a resource',
    load: async () => (await import('./commands/rollout/table.ts')).command,
    commands: async () => (await import('./commands/rollout/table.ts')).commands,
  },
  scale: {
    group: deploy,
    summary: 'Set the number of replicas of a workload',
    load: async () => (await import('./commands/scale.ts')).command,
  },
  autoscale: {
    group: deploy,
    summary: 'Scale a workload by its load',
    load: async () => (await import('./commands/autoscale.ts')).command,
  },
  certificate: {
    group: cluster,
    summary: 'Approve and deny certificate requests',
    load: async () => (await import('./commands/certificate/table.ts')).command,
    commands: async () => (await import('./commands/certificate/table.ts')).commands,
  },
  'cluster-info': {
    group: cluster,
    summary: 'Display where the control plane is',
    load: async () => (await import('./commands/cluster-info/cluster-info.ts')).command,
    commands: async () => (await import('./commands/cluster-info/table.ts')).commands,
  },
  top: {
    group: cluster,
    summary: 'Display the use of CPU and memory',
    load: async () => (await import('./commands/top/table.ts')).command,
    commands: async () => (await import('./commands/top/table.ts')).commands,
  },
  cordon: {
    group: cluster,
    summary: 'Mark a node as unschedulable',
    load: async () => (await import('./commands/cordon.ts')).cordon,
  },
  uncordon: {
    group: cluster,
    summary: 'Mark a node as schedulable',
    load: async () => (await import('./commands/cordon.ts')).uncordon,
  },
  drain: {
    group: cluster,
    summary: 'Drain a node for maintenance',
    load: async () => (await import('./commands/drain.ts')).command,
  },
  taint: {
    group: cluster,
    summary: 'Update the taints of nodes',
    load: async () => (await import('./commands/taint.ts')).command,
  },
  describe: {
    group: troubleshooting,
    summary: 'Show the details of resources',
    load: async () => (await import('./commands/describe.ts')).command,
  },
  logs: {
    group: troubleshooting,
    summary: 'Print the logs of a container',
    load: async () => (await import('./commands/logs.ts')).command,
  },
  attach: {
    group: troubleshooting,
    summary: 'Attach to a running container',
    load: async () => (await import('./commands/attach.ts')).command,
  },
  exec: {
    group: troubleshooting,
    summary: 'Execute a command in a container',
    load: async () => (await import('./commands/exec.ts')).command,
  },
  'port-forward': {
    group: troubleshooting,
    summary: 'Forward local ports to a pod',
    load: async () => (await import('./commands/port-forward.ts')).command,
  },
  proxy: {
    group: troubleshooting,
    summary: 'Run a proxy to the API server',
    load: async () => (await import('./commands/proxy.ts')).command,
  },
  cp: {
    group: troubleshooting,
    summary: 'Copy files and folders to and from containers',
    load: async () => (await import('./commands/cp.ts')).command,
  },
  auth: {
    group: troubleshooting,
    summary: 'Inspect authorization',
    load: async () => (await import('./commands/auth/auth.ts')).command,
    commands: async () => (await import('./commands/auth/auth.ts')).commands,
  },
  debug: {
    group: troubleshooting,
    summary: 'Debug workloads and nodes',
    load: async () => (await import('./commands/debug.ts')).command,
  },
  events: {
    group: troubleshooting,
    summary: 'List events',
    load: async () => (await import('./commands/events.ts')).command,
  },
  diff: {
    group: advanced,
    summary: 'Diff the live version against the one that would be applied',
    load: async () => (await import('./commands/diff.ts')).command,
  },
  apply: {
    group: advanced,
    summary: 'Apply a configuration from a file or standard input',
    load: async () => (await import('./commands/apply/apply.ts')).command,
    commands: async () => (await import('./commands/apply/table.ts')).commands,
  },
  patch: {
    group: advanced,
    summary: 'Update fields of a resource',
    load: async () => (await import('./commands/patch.ts')).command,
  },
  replace: {
    group: advanced,
    summary: 'Replace a resource by a file or standard input',
    load: async () => (await import('./commands/replace.ts')).command,
  },
  wait: {
    group: advanced,
    summary: 'Wait for a condition of resources',
    load: async () => (await import('./commands/wait.ts')).command,
  },
  kustomize: {
    group: advanced,
    summary: 'Build a kustomization from a folder',
    load: async () => (await import('./commands/kustomize.ts')).command,
  },
  label: {
    group: settings,
    summary: 'Update the labels of a resource',
    load: async () => (await import('./commands/label.ts')).command,
  },
  annotate: {
    group: settings,
    summary: 'Update the annotations of a resource',
    load: async () => (await import('./commands/annotate.ts')).command,
  },
  completion: {
    group: settings,
    summary: 'Output completion code for a shell (bash, zsh, fish, or powershell)',
    load: async () => (await import('./commands/completion.ts')).command,
  },
  'api-resources': {
    group: other,
    summary: 'Print the resources that the server has',
    load: async () => (await import('./commands/api-resources.ts')).command,
  },
  'api-versions': {
    group: other,
    summary: 'Print the versions of the API that the server has, as "group/version"',
    load: async () => (await import('./commands/api-versions.ts')).command,
  },
  config: {
    group: other,
    summary: 'Modify kubeconfig files',
    load: async () => (await import('./commands/config/config.ts')).command,
    commands: async () => (await import('./commands/config/table.ts')).commands,
  },
  kuberc: {
    group: other,
    summary: 'Manage kuberc files',
    load: async () => (await import('./commands/kuberc/kuberc.ts')).command,
    commands: async () => (await import('./commands/kuberc/kuberc.ts')).commands,
  },
  plugin: {
    group: other,
    summary: 'Work with plugins',
    load: async () => (await import('./commands/plugin.ts')).command,
    commands: async () => (await import('./commands/plugin.ts')).commands,
  },
  version: {
    group: other,
    summary: 'Print the versions of client and server',
    load: async () => (await import('./commands/version.ts')).command,
  },
  options: {
    group: other,
    hidden: true,
    summary: 'List the flags of every command',
    load: async () => (await import('./commands/options.ts')).command,
  },
}
