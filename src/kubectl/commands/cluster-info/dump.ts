/** `kubectl cluster-info dump`. Upstream: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go. */
import { genericServerResponse } from '#api/meta/status.ts'
import { bool, duration, string, strings } from '#kubectl/command-line/flag.ts'
import { printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import type { Listing } from '#kubectl/objects/fetch.ts'
import { typedList } from '#kubectl/objects/typed-list.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { namePrinter, refuseStructList } from '#kubectl/printers/name.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import type { RestClient } from '#kubectl/rest/rest-client.ts'
import { destinationOf } from './destination.ts'
import type { Destination } from './destination.ts'

export const command: Command = {
  use: 'cluster-info dump [flags]',
  about: `Dump cluster information that helps to find out what is wrong.

 Nodes, and of each namespace the events, workloads, services, pods and their logs, to standard output or into
 files below a folder. Without flags: of the current namespace and of kube-system.`,
  examples: [
    ['Dump to standard output', 'kubectl cluster-info dump'],
    ['Dump into files', 'kubectl cluster-info dump --output-directory=/tmp/state'],
    ['Dump all namespaces', 'kubectl cluster-info dump -A'],
    ['Dump some', 'kubectl cluster-info dump --namespaces default,kube-system'],
  ],
  flags: [
    ...printFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'json' } : flag)),
    bool('all-namespaces', 'Of all namespaces, whatever --namespaces says.', { short: 'A' }),
    strings('namespaces', 'Namespaces to dump, separated by commas.'),
    string('output-directory', 'Folder for the files; empty or -: standard output.'),
    duration('pod-running-timeout', 'How long to wait until a pod runs.', { default: '20s' }),
  ],
  run,
}

interface Kind {
  readonly group: string
  readonly resource: string
}

const pods: Kind = { group: '', resource: 'pods' }

/** What is dumped of a namespace, under these names. */
const inNamespaces: readonly (readonly [file: string, kind: Kind])[] = [
  ['events', { group: '', resource: 'events' }],
  ['replication-controllers', { group: '', resource: 'replicationcontrollers' }],
  ['services', { group: '', resource: 'services' }],
  ['daemonsets', { group: 'apps', resource: 'daemonsets' }],
  ['deployments', { group: 'apps', resource: 'deployments' }],
  ['replicasets', { group: 'apps', resource: 'replicasets' }],
  ['pods', pods],
]

interface Dump {
  readonly rest: RestClient
  /** `json`. */
  readonly format: string
  readonly printer: Printer
  readonly destination: Destination
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const printer = (await printerOf(call)) ?? namePrinter()
  if (flags.durationMs('pod-running-timeout') <= 0) {
    throw new CommandError('--pod-running-timeout must be higher than zero')
  }
  const folder = flags.string('output-directory')
  const format = flags.string('output') || 'name'
  const destination = destinationOf(folder, format, io)
  const dump = { rest: await call.factory.rest(), format, printer, destination }
  await dumpList(dump, 'nodes', await listOf(dump.rest, { group: '', resource: 'nodes' }, ''))
  for (const namespace of await namespacesOf(call, dump.rest)) await dumpNamespace(dump, namespace)
  if (folder !== '' && folder !== '-') io.stdout(`Cluster info dumped to ${folder}\n`)
}

async function namespacesOf(call: Call, rest: RestClient): Promise<readonly string[]> {
  const { flags } = call
  if (flags.bool('all-namespaces')) {
    const { items } = await listOf(rest, { group: '', resource: 'namespaces' }, '')
    return items.map(({ metadata }) => metadata?.name ?? '')
  }
  const given = flags.strings('namespaces')
  if (given.length > 0) return given
  return ['kube-system', (await call.factory.namespace()).namespace]
}

async function dumpNamespace(dump: Dump, namespace: string): Promise<void> {
  let found: readonly Pod[] = []
  for (const [file, kind] of inNamespaces) {
    const list = await listOf(dump.rest, kind, namespace)
    await dumpList(dump, `${namespace}/${file}`, list)
    if (kind === pods) found = list.items as readonly Pod[]
  }
  for (const pod of found) await dumpLogs(dump, namespace, pod)
}

async function listOf(
  rest: RestClient,
  { group, resource }: Kind,
  namespace: string,
): Promise<Listing> {
  const namespaced = namespace !== ''
  const mapping: Mapping = { group, version: 'v1', resource, kind: '', namespaced, verbs: [] }
  return await listObjects(rest, {
    type: 'list',
    mapping,
    namespace,
    selector: '',
    fieldSelector: '',
    chunkSize: 0,
  })
}

async function dumpList(
  { format, printer, destination }: Dump,
  file: string,
  list: Listing,
): Promise<void> {
  refuseStructList(format, `v1.${list.kind ?? ''}`)
  await destination.write(file, printer.print(typedList(list), 'given'))
}

/** One after the other; a log that cannot be had says why. */
async function dumpLogs({ rest, destination }: Dump, namespace: string, pod: Pod): Promise<void> {
  const { name = '' } = pod.metadata ?? {}
  const parts: (string | Uint8Array)[] = []
  for (const container of logContainersOf(pod)) {
    const what = `logs for container ${container} of pod ${namespace}/${name} ====\n`
    parts.push(`==== START ${what}`, await logOf(rest, pod, container), `==== END ${what}`)
  }
  await destination.writeLog(`${namespace}/${name}/logs`, parts)
}

/** Init containers first; not the ephemeral ones. */
function logContainersOf(pod: Pod): readonly string[] {
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  return [...initContainers, ...containers].map(({ name }) => name)
}

/** Upstream reads it raw: what the server says of a failure is only its code. */
async function logOf(rest: RestClient, pod: Pod, container: string): Promise<string | Uint8Array> {
  const { name = '', namespace = '' } = pod.metadata ?? {}
  const about = { group: '', resource: 'pods' }
  const { status, headers, body } = await rest.attempt({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`,
    query: { container },
    headers: { Accept: 'application/json, */*' },
  })
  if (status < 400) return body
  const isText = (headers['content-type'] ?? 'text/').startsWith('text/')
  const error = genericServerResponse({
    code: status,
    verb: 'GET',
    resource: about,
    name,
    serverMessage: isText ? body.toString().trim() : 'unknown',
    unexpected: true,
  })
  return `Request log error: ${error.message}\n`
}
