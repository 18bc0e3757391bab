/**
 * `pods/eviction`: deletes a pod unless its disruption budget forbids it.
 * Upstream: pkg/registry/core/pod/storage/eviction.go, v1.36.
 */
import { withCondition } from '#api/meta/conditions.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { badRequest, isStatus, notFound, StatusError } from '#api/meta/status.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { Pod, PodCondition } from '#api/core/v1.gen.ts'
import type { Eviction, PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import { poddisruptionbudgets, pods } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import { must } from '#base/assert.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Call, Registry } from '#apiserver/registry/registry.ts'
import { stillProcessed, takeDisruption } from './disruption-budget.ts'
import { retryConflicts } from './retry-conflicts.ts'
import { succeeded } from './succeeded.ts'

export interface EvictionDeps {
  readonly registry: Registry
  readonly objects: Objects
  readonly clock: Clock
}

export function evictionEndpoint(deps: EvictionDeps): Endpoint {
  return async (request) => {
    const eviction = must(request.object, 'an eviction has a body') as Eviction
    if (request.name !== eviction.metadata.name) {
      throw badRequest('name in URL does not match name in Eviction object')
    }
    const call = must(request.call, 'evictions belong to pods')
    const options = eviction.deleteOptions ?? {}
    const dryRun = call.dryRun || (options.dryRun?.length ?? 0) > 0
    await evict(deps, { ...call, subresource: '', dryRun }, { name: request.name, options })
    return succeeded(201)
  }
}

interface Asked {
  readonly name: string
  readonly options: Partial<DeleteOptions>
}

async function evict(deps: EvictionDeps, call: Call, asked: Asked): Promise<void> {
  const pod = await currentPod(deps, call, asked.name)
  if (mayIgnoreBudget(pod)) return deletePod(deps, call, asked)
  const budget = budgetOf(deps.objects, pod)
  if (budget === undefined) return deletePod(deps, call, asked)
  if (!isPodReady(pod) && isFreeToGo(budget))
    return deleteUnready(deps, call, { asked, pod, budget })
  await takeDisruption(deps, budget, { pod: asked.name, dryRun: call.dryRun })
  await deletePod(deps, call, asked)
}

async function currentPod({ registry }: EvictionDeps, call: Call, name: string): Promise<Pod> {
  const { object } = await registry.get(call, name)
  return object as Pod
}

/** What has ended or never began is no disruption. */
function mayIgnoreBudget({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return true
  return ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '')
}

/** Throws when there is more than one. */
function budgetOf(objects: Objects, pod: Pod): PodDisruptionBudget | undefined {
  const { labels, namespace = '' } = pod.metadata
  if (Object.keys(labels ?? {}).length === 0) return undefined
  const found = objects
    .list(poddisruptionbudgets, namespace)
    .filter(({ spec }) => spec?.selector !== undefined && selects(spec.selector, labels))
  if (found.length > 1) throw severalBudgets()
  return found[0]
}

type Selector = NonNullable<NonNullable<PodDisruptionBudget['spec']>['selector']>

/** A selector that cannot be read selects nothing. */
function selects(selector: Selector, labels: Record<string, string> | undefined): boolean {
  try {
    return labelSelectorMatcher(selector).matches(labels)
  } catch {
    return false
  }
}

function severalBudgets(): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as never,
    status: 'Failure',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  })
}

/** A pod that is not ready does not count as healthy: it may go while enough others are. */
function isFreeToGo({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

interface Unready {
  readonly asked: Asked
  readonly pod: Pod
  readonly budget: PodDisruptionBudget
}

/** Only in the state in which it was found: it may have become ready since. */
async function deleteUnready(
  deps: EvictionDeps,
  call: Call,
  { asked, pod, budget }: Unready,
): Promise<void> {
  const { preconditions } = asked.options
  if (preconditions?.resourceVersion !== undefined) return deletePod(deps, call, asked)
  const { resourceVersion } = pod.metadata
  const options = { ...asked.options, preconditions: { ...preconditions, resourceVersion } }
  try {
    await deletePod(deps, call, { ...asked, options })
  } catch (error) {
    throw isStatus(error, 'Conflict') ? stillProcessed(budget.metadata.name) : error
  }
}

/** Marks the pod as disrupted, so that jobs do not count it as failed, then deletes it. */
async function deletePod(deps: EvictionDeps, call: Call, { name, options }: Asked): Promise<void> {
  const { objects, clock, registry } = deps
  const { preconditions } = options
  const { dryRun: _, ...rest } = options
  if (call.dryRun) {
    await registry.delete(call, name, rest)
    return
  }
  const at = { namespace: call.namespace, name, subresource: 'status' }
  await retryConflicts(() =>
    objects.modify(pods, at, (pod) => {
      checkPreconditions(pod, preconditions)
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
        lastTransitionTime: timestamp(clock.nowMs()),
      } as PodCondition
      pod.status = { ...pod.status, conditions: withCondition(pod.status?.conditions, condition) }
    }),
  )
  const { resourceVersion: __, ...kept } = preconditions ?? {} // the mark has changed it
  await registry.delete(call, name, { ...rest, preconditions: kept })
}

function checkPreconditions(pod: Pod, preconditions: DeleteOptions['preconditions']): void {
  const { uid, resourceVersion, name } = pod.metadata
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) throw notFound(pods, name)
  if (preconditions?.resourceVersion === undefined) return
  if (preconditions.resourceVersion !== resourceVersion) throw staleVersion(name, preconditions)
}

function staleVersion(name: string, preconditions: DeleteOptions['preconditions']): StatusError {
  const detail = `the ResourceVersion in the precondition (${preconditions?.resourceVersion}) does not match the ResourceVersion in record`
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as never,
    status: 'Failure',
    message: `Operation cannot be fulfilled on pods ${JSON.stringify(name)}: ${detail}`,
    reason: 'Conflict',
    details: { name, kind: 'pods' },
    code: 409,
  })
}
