/** The pods behind a workload. Upstream: kubectl pkg/polymorphichelpers/{helpers,attachablepodforobject}.go. */
import { formatLabelSelector } from '#api/meta/labels.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import type { Pod } from './containers.ts'

interface Spec {
  readonly selector?: Readonly<Record<string, unknown>>
}

/** A pod is its own; others by their selector, ready ones first. Throws CommandError for other kinds. */
export async function podsOf(call: Call, info: Info): Promise<readonly Pod[]> {
  if (info.mapping.kind === 'Pod' && info.mapping.group === '') return [info.object]
  const selector = selectorOf(info)
  const mapping = await (await call.factory.mapper()).mappingFor('pods')
  const list = await listObjects(await call.factory.rest(), {
    type: 'list',
    mapping,
    namespace: info.namespace,
    selector,
    fieldSelector: '',
    chunkSize: 0,
  })
  const pods = list.items.map((item): Pod => ({ apiVersion: 'v1', kind: 'Pod', ...item }))
  return pods.toSorted((a, b) => rank(a) - rank(b))
}

function selectorOf({ mapping, object }: Info): string {
  const { selector } = (object['spec'] ?? {}) as Spec
  const kind =
    mapping.group === '' || mapping.group === 'apps' || mapping.group === 'batch'
      ? mapping.kind
      : ''
  if (kind === 'ReplicationController' || kind === 'Service') return plainSelector(object, selector)
  if (['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind)) {
    return formatLabelSelector(selector)
  }
  const type = `*${mapping.version}.${mapping.kind}`
  throw new CommandError(`cannot get the logs from ${type}: selector for ${type} not implemented`)
}

function plainSelector(
  { metadata }: KubeObject,
  selector: Readonly<Record<string, unknown>> | undefined,
): string {
  if (selector === undefined || Object.keys(selector).length === 0) {
    throw new CommandError(
      `invalid service '${metadata?.name ?? ''}': Service is defined without a selector`,
    )
  }
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value as string}`)
    .join(',')
}

/** Ready pods before others. */
function rank({ status }: Pod): number {
  const isReady = status?.conditions?.some(
    ({ type, status: is }) => type === 'Ready' && is === 'True',
  )
  return isReady === true ? 0 : status?.phase === 'Running' ? 1 : 2
}
