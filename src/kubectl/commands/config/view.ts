/** `kubectl config view`. Upstream: kubectl pkg/cmd/config/view.go, clientcmd/api/helpers.go. */
import { readFileSync } from 'node:fs'
import { bool } from '#kubectl/command-line/flag.ts'
import { printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { listOf } from '#kubectl/config/edit.ts'
import type { Entry } from '#kubectl/config/edit.ts'
import { loadKubeconfig, pathIn } from '#kubectl/config/kubeconfig.ts'
import type { Located, MergedKubeconfig } from '#kubectl/config/kubeconfig.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { printerOf } from '#kubectl/printers/printer.ts'

export const command: Command = {
  use: 'config view [flags]',
  about: `Display merged kubeconfig settings or a specified kubeconfig file.

 Secrets are not shown, unless --raw is given.`,
  examples: [
    ['Show the merged settings', 'kubectl config view'],
    ['Show one value', "kubectl config view -o jsonpath='{.current-context}'"],
  ],
  flags: [
    ...printFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
    bool('flatten', 'Put certificates of files into the output.'),
    bool('merge', 'Merge all kubeconfig files.', { default: true }),
    bool('minify', 'Only what the current context needs.'),
    bool('raw', 'Show secrets and bytes.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io, factory } = call
  if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
  const config = await loadKubeconfig(factory.kubeconfigPaths, { mayBeMissing: true })
  const current = flags.string('context') === '' ? config.currentContext : flags.string('context')
  const kept = flags.bool('minify') ? minified(config, current) : config
  const show = (located: Located<object>): Entry => ordered(shown(call, located))
  const list = (entries: ReadonlyMap<string, Located<object>>, key: string): unknown =>
    listOf(new Map([...entries].map(([name, located]) => [name, show(located)])), key)
  const printer = await printerOf(call)
  io.stdout(
    printer?.print(
      {
        kind: 'Config',
        apiVersion: 'v1',
        ...(config.preferences !== undefined && { preferences: config.preferences }),
        clusters: list(kept.clusters, 'cluster'),
        users: list(kept.users, 'user'),
        contexts: list(kept.contexts, 'context'),
        'current-context': current,
      },
      'given',
    ) ?? '',
  )
}

function minified(config: MergedKubeconfig, current: string): MergedKubeconfig {
  if (current === '') {
    throw new CommandError('current-context must exist in order to minify')
  }
  const context = config.contexts.get(current)
  if (context === undefined) {
    throw new CommandError(`cannot locate context ${current}`)
  }
  const only = <T>(entries: ReadonlyMap<string, T>, name: string | undefined) =>
    new Map([...entries].filter(([one]) => one === name))
  return {
    ...config,
    contexts: only(config.contexts, current),
    clusters: only(config.clusters, context.value.cluster),
    users: only(config.users, context.value.user),
  }
}

/** Fields in the order of Go's structs. */
const order = [
  'server',
  'tls-server-name',
  'insecure-skip-tls-verify',
  'certificate-authority',
  'certificate-authority-data',
  'proxy-url',
  'cluster',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'as',
  'username',
  'password',
  'exec',
  'user',
  'namespace',
]

function ordered(entry: Entry): Entry {
  const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length)
  return Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => rank(a) - rank(b)))
}

const paths = ['certificate-authority', 'client-certificate', 'client-key']

function shown({ flags }: Call, { value, file }: Located<object>): Entry {
  const entry: Entry = { ...value }
  for (const field of paths) {
    const path = entry[field]
    if (typeof path !== 'string' || path === '') continue
    entry[field] = pathIn(file, path)
    if (!flags.bool('flatten')) continue
    entry[`${field}-data`] = readFileSync(pathIn(file, path)).toString('base64')
    delete entry[field]
  }
  if (typeof entry['exec'] === 'object') {
    entry['exec'] = { args: null, env: null, provideClusterInfo: false, ...entry['exec'] }
  }
  if (flags.bool('raw')) return entry
  for (const field of paths) {
    if (entry[`${field}-data`] !== undefined) entry[`${field}-data`] = 'DATA+OMITTED'
  }
  for (const field of ['token', 'password']) {
    if (entry[field] !== undefined && entry[field] !== '') entry[field] = 'REDACTED'
  }
  return entry
}
