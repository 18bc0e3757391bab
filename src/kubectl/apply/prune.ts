/** `--prune`: what was applied before and is in no file any more. Upstream: kubectl pkg/cmd/apply/prune.go. */
import { isStatus } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
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
  for await (const one of prunableObjects(call, visited)) {
    if (options.dryRun !== 'client') await deleteObject(call, one, options)
    call.io.stdout(printer.print(one.object))
  }
}

export type Prunable = Pick<Info, 'mapping' | 'namespace' | 'name' | 'object'>

/** Those of the visited namespaces first. */
export async function* prunableObjects(call: Call, visited: Visited): AsyncGenerator<Prunable> {
  const mappings = await prunable(call)
  for (const namespace of visited.namespaces) {
    for (const mapping of mappings.filter((one) => one.namespaced)) {
      yield* prunableOf(call, { mapping, namespace, visited })
    }
  }
  for (const mapping of mappings.filter((one) => !one.namespaced)) {
    yield* prunableOf(call, { mapping, namespace: '', visited })
  }
}

async function prunable(call: Call): Promise<readonly Mapping[]> {
  const { flags, factory } = call
  const mapper = await factory.mapper()
  const listed = flags.strings('prune-allowlist').map(typeOf)
  if (listed.length === 0) await warnOfClusterWide(call)
  const mappings: Mapping[] = []
  const types = listed.length > 0 ? listed : [...namespaced, ...clusterWide]
  for (const [group, version, kind] of types) {
    const apiVersion = group === '' ? version : `${group}/${version}`
    try {
      mappings.push(await mapper.mappingOf(apiVersion, kind))
    } catch (error) {
      if (listed.length > 0) throw error
    }
  }
  return mappings
}

async function warnOfClusterWide({ factory, io }: Call): Promise<void> {
  const { namespaceIsExplicit } = await factory.namespace()
  if (!namespaceIsExplicit) return
  const { klogLine } = await import('#kubectl/rest/request-log.ts')
  klogLine(
    io,
    'W',
    'prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.',
  )
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

interface Place {
  readonly mapping: Mapping
  readonly namespace: string
  readonly visited: Visited
}

async function* prunableOf(
  call: Call,
  { mapping, namespace, visited }: Place,
): AsyncGenerator<Prunable> {
  const target = {
    type: 'list' as const,
    mapping,
    namespace,
    selector: call.flags.string('selector'),
    fieldSelector: '',
    chunkSize: 0,
  }
  const {
    items,
    apiVersion = '',
    kind = '',
  } = await listObjects(await call.factory.rest(), target).catch((error: unknown) => {
    if (isStatus(error, 'NotFound') || isStatus(error, 'MethodNotAllowed')) {
      return { items: [], apiVersion: '', kind: '' }
    }
    throw error
  })
  for (const item of items) {
    const { uid = '', name = '', ownerReferences = [] } = item.metadata ?? {}
    if (readLastApplied(item) === undefined || visited.uids.has(uid)) continue
    if (ownerReferences.some(({ controller }) => controller === true)) continue
    const object = { apiVersion, kind: kind.replace(/List$/, ''), ...item }
    yield { mapping, namespace, name, object }
  }
}
