/** `--prune`: what was applied before and is in no file any more. Upstream: kubectl pkg/cmd/apply/prune.go. */
import { isStatus } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import { readLastApplied } from '#kubectl/objects/last-applied.ts'
import { deleteObject } from '#kubectl/objects/write.ts'
import type { DeleteOptions } from '#kubectl/objects/write.ts'
import type { Printer } from '#kubectl/printers/printer.ts'

type Type = readonly [group: string, version: string, kind: string]

const namespaced: readonly Type[] = [
  ['', 'v1', 'ConfigMap'],
  ['', 'v1', 'Endpoints'],
  ['', 'v1', 'PersistentVolumeClaim'],
  ['', 'v1', 'Pod'],
  ['', 'v1', 'ReplicationController'],
  ['', 'v1', 'Secret'],
  ['', 'v1', 'Service'],
  ['batch', 'v1', 'Job'],
  ['batch', 'v1', 'CronJob'],
  ['networking.k8s.io', 'v1', 'Ingress'],
  ['apps', 'v1', 'DaemonSet'],
  ['apps', 'v1', 'Deployment'],
  ['apps', 'v1', 'ReplicaSet'],
  ['apps', 'v1', 'StatefulSet'],
]
const clusterWide: readonly Type[] = [
  ['', 'v1', 'Namespace'],
  ['', 'v1', 'PersistentVolume'],
]

export interface Visited {
  readonly uids: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
}

export async function prune(
  call: Call,
  visited: Visited,
  { printer, options }: { readonly printer: Printer; readonly options: DeleteOptions },
): Promise<void> {
  const mappings = await prunable(call)
  for (const namespace of visited.namespaces) {
    for (const mapping of mappings.filter((one) => one.namespaced)) {
      await pruneOf(call, { mapping, namespace, visited, printer, options })
    }
  }
  for (const mapping of mappings.filter((one) => !one.namespaced)) {
    await pruneOf(call, { mapping, namespace: '', visited, printer, options })
  }
}

async function prunable(call: Call): Promise<readonly Mapping[]> {
  const { flags, factory } = call
  const mapper = await factory.mapper()
  const listed = flags.strings('prune-allowlist').map(typeOf)
  const { namespaceIsExplicit } = await factory.namespace()
  const standard = namespaceIsExplicit ? namespaced : [...namespaced, ...clusterWide]
  const mappings: Mapping[] = []
  for (const [group, version, kind] of listed.length > 0 ? listed : standard) {
    const apiVersion = group === '' ? version : `${group}/${version}`
    try {
      mappings.push(await mapper.mappingOf(apiVersion, kind))
    } catch (error) {
      if (listed.length > 0) throw error
    }
  }
  return mappings
}

/** `apps/v1/Deployment`, `core/v1/Pod`. */
function typeOf(text: string): Type {
  const [group = '', version = '', kind = '', more] = text.split('/')
  if (kind === '' || more !== undefined) {
    throw new CommandError(
      `invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`,
    )
  }
  return [group === 'core' ? '' : group, version, kind]
}

interface Pruning {
  readonly mapping: Mapping
  readonly namespace: string
  readonly visited: Visited
  readonly printer: Printer
  readonly options: DeleteOptions
}

async function pruneOf(call: Call, pruning: Pruning): Promise<void> {
  const { mapping, namespace, visited, printer, options } = pruning
  const rest = await call.factory.rest()
  const selector = call.flags.string('selector')
  const target = {
    type: 'list' as const,
    mapping,
    namespace,
    selector,
    fieldSelector: '',
    chunkSize: 0,
  }
  const {
    items,
    apiVersion = '',
    kind = '',
  } = await listObjects(rest, target).catch((error: unknown) => {
    if (isStatus(error, 'NotFound') || isStatus(error, 'MethodNotAllowed')) {
      return { items: [], apiVersion: '', kind: '' }
    }
    throw error
  })
  for (const item of items) {
    const uid = item.metadata?.uid ?? ''
    if (readLastApplied(item) === undefined || visited.uids.has(uid)) continue
    if ((item.metadata?.ownerReferences ?? []).some(({ controller }) => controller === true))
      continue
    const name = item.metadata?.name ?? ''
    if (options.dryRun !== 'client') await deleteObject(call, { mapping, namespace, name }, options)
    call.io.stdout(printer.print({ apiVersion, kind: kind.replace(/List$/, ''), ...item }))
  }
}
