/**
 * `bindings` and `pods/binding`: puts a pod on a node.
 * Upstream: pkg/registry/core/pod/storage/storage.go (BindingREST), v1.36.
 */
import { withCondition } from '#api/meta/conditions.ts'
import { notSupported, required } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { badRequest, conflict, invalid, modified, notFound } from '#api/meta/status.ts'
import type { StatusError } from '#api/meta/status.ts'
import type { Binding, Pod, PodCondition } from '#api/core/v1.gen.ts'
import { pods } from '#api/resources.gen.ts'
import { must } from '#base/assert.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { retryConflicts } from './retry-conflicts.ts'
import { succeeded } from './succeeded.ts'

export interface BindingDeps {
  readonly objects: Objects
  readonly clock: Clock
}

/** Answers both: only the path of the second names the pod. */
export function bindingEndpoint({ objects, clock }: BindingDeps): Endpoint {
  return async (request) => {
    const binding = must(request.object, 'a binding has a body') as Binding
    const { namespace } = request
    const name = request.name === '' ? binding.metadata.name : request.name
    check(binding, { name, namespace })
    const assign = (pod: Pod): void => assignPod(pod, binding, clock.nowMs())
    if (request.call?.dryRun === true) {
      const pod = objects.get(pods, namespace, name)
      if (pod === undefined) throw notFound(pods, name)
      assign(structuredClone(pod))
    } else {
      const at = { namespace, name, subresource: 'binding' }
      await retryConflicts(() => objects.modify(pods, at, assign))
    }
    return succeeded(201)
  }
}

function check(binding: Binding, url: { readonly name: string; readonly namespace: string }): void {
  if (binding.metadata.name !== url.name) {
    throw badRequest('name in URL does not match name in Binding object')
  }
  const { namespace = '' } = binding.metadata
  if (namespace !== '' && namespace !== url.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  const { kind = '', name = '' } = binding.target ?? {}
  const errors: FieldError[] = []
  if (kind !== '' && kind !== 'Node') {
    errors.push(notSupported('target.kind', kind, ['Node', '<empty>']))
  }
  if (name === '') errors.push(required('target.name', ''))
  if (errors.length > 0) throw invalid({ group: '', kind: 'Binding' }, url.name, errors)
}

function assignPod(pod: Pod, binding: Binding, nowMs: number): void {
  const { name, uid, resourceVersion } = pod.metadata
  const wanted = binding.metadata
  if (wanted.uid && wanted.uid !== uid) {
    throw refused(
      name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`,
    )
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw conflict(pods, name, modified)
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw refused(name, `pod ${name} is being deleted, cannot be assigned to a host`)
  }
  const { nodeName = '', schedulingGates = [] } = pod.spec ?? {}
  if (nodeName !== '') {
    throw refused(name, `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`)
  }
  if (schedulingGates.length > 0) {
    throw refused(name, `pod ${name} has non-empty .spec.schedulingGates`)
  }
  place(pod, binding, nowMs)
}

function place(pod: Pod, { metadata, target }: Binding, nowMs: number): void {
  if (pod.spec !== undefined) pod.spec.nodeName = target.name ?? ''
  if (metadata.annotations !== undefined) {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations }
  }
  if (metadata.labels !== undefined) {
    pod.metadata.labels = { ...metadata.labels, ...pod.metadata.labels } // the pod's own win
  }
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: timestamp(nowMs),
  } as PodCondition
  pod.status = { ...status, conditions: withCondition(status.conditions, scheduled) }
}

function refused(name: string, detail: string): StatusError {
  return conflict({ group: '', resource: 'pods/binding' }, name, detail)
}
