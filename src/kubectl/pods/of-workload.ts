/** The pods behind a workload. Upstream: kubectl pkg/polymorphichelpers/{helpers,attachablepodforobject}.go. */
import { formatLabelSelector } from '#api/meta/labels.ts'
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { byActivity, byLogging } from './order.ts'
import type { Pod } from './pod.ts'

interface Spec {
  readonly selector?: Readonly<Record<string, unknown>>
}

/** The pod to attach to: a pod is its own, of a workload's the most active one. */
export async function podOf(call: Call, info: Info): Promise<Pod> {
  const pods = await podsOf(call, info, { doing: 'attach to', order: byActivity })
  return first(pods)
}

/** Those whose logs are meant, the most telling first. */
export async function podsToLog(call: Call, info: Info): Promise<readonly Pod[]> {
  return await podsOf(call, info, { doing: 'get the logs from', order: byLogging })
}

interface Purpose {
  readonly doing: string
  readonly order: (a: Pod, b: Pod) => number
}

/** Waits for one when there is none yet. Throws CommandError for kinds that have no pods. */
async function podsOf(call: Call, info: Info, { doing, order }: Purpose): Promise<readonly Pod[]> {
  if (info.mapping.kind === 'Pod' && info.mapping.group === '') return [info.object]
  const selector = selectorOf(info, doing)
  const mapping = await (await call.factory.mapper()).mappingFor('pods')
  const { namespace } = info
  const list = await listObjects(await call.factory.rest(), {
    type: 'list',
    mapping,
    namespace,
    selector,
    fieldSelector: '',
    chunkSize: 0,
  })
  const pods = list.items.map((item): Pod => ({ apiVersion: 'v1', kind: 'Pod', ...item }))
  if (pods.length > 0) return pods.toSorted(order)
  const resourceVersion = list.metadata?.resourceVersion ?? ''
  return [await firstOne(call, { mapping, namespace, selector, resourceVersion })]
}

function first(pods: readonly Pod[]): Pod {
  const [pod] = pods
  if (pod === undefined) throw new CommandError('timed out waiting for the condition')
  return pod
}

interface FirstPod {
  readonly mapping: Mapping
  readonly namespace: string
  readonly selector: string
  readonly resourceVersion: string
}

async function firstOne(call: Call, awaited: FirstPod): Promise<Pod> {
  const { mapping, namespace, selector, resourceVersion } = awaited
  const { clock, signal } = call.io
  const deadline = new AbortController()
  using _timer = clock.after(call.flags.durationMs('pod-running-timeout'), () => deadline.abort())
  const rest = await call.factory.rest()
  try {
    const { body } = await rest.stream({
      path: collectionPath(mapping, namespace),
      query: { watch: 'true', labelSelector: selector, resourceVersion },
      signal: AbortSignal.any([deadline.signal, signal]),
    })
    for await (const { type, object } of decodeWatch(body)) {
      if (type === 'ADDED' || type === 'MODIFIED') return object as unknown as Pod
    }
  } catch (error) {
    if (!deadline.signal.aborted) throw error
  }
  throw new CommandError(
    deadline.signal.aborted
      ? 'timed out waiting for the condition'
      : 'watch closed before UntilWithoutRetry timeout',
  )
}

const workloads = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']

function selectorOf({ mapping, object }: Info, doing: string): string {
  const { selector } = (object['spec'] ?? {}) as Spec
  const kind =
    mapping.group === '' || mapping.group === 'apps' || mapping.group === 'batch'
      ? mapping.kind
      : ''
  if (kind === 'ReplicationController' || kind === 'Service')
    return plainSelector(object, { selector, doing })
  if (workloads.includes(kind)) return formatLabelSelector(selector)
  const type = `*${mapping.version}.${mapping.kind}`
  throw new CommandError(`cannot ${doing} ${type}: selector for ${type} not implemented`)
}

function plainSelector(
  { kind = '', metadata }: KubeObject,
  { selector, doing }: { readonly selector: Spec['selector']; readonly doing: string },
): string {
  if (kind === 'Service' && Object.keys(selector ?? {}).length === 0) {
    throw new CommandError(
      `cannot ${doing} *v1.Service: invalid service '${metadata?.name ?? ''}': Service is defined without a selector`,
    )
  }
  return Object.entries(selector ?? {})
    .map(([key, value]) => `${key}=${value as string}`)
    .join(',')
}
