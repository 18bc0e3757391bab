/**
 * Makes and removes the pods of an owner, and tells about it.
 * Upstream: pkg/controller/controller_utils.go, RealPodControl, at v1.36.
 */
import type { Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { controllerRef } from '#api/meta/owners.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { pods } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import { referenceTo } from '#client/events.ts'
import { isNamespaceTerminating, unlessGone } from './writes.ts'

export interface PodControl {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly ownerType: ResourceType
}

/** A pod as the template has it, controlled by `owner`. */
export function podFromTemplate(
  ownerType: ResourceType,
  owner: ApiObject,
  template: PodTemplateSpec,
): Draft<Pod> {
  const { labels = {}, annotations = {}, finalizers } = template.metadata ?? {}
  return {
    metadata: {
      generateName: podNamePrefix(owner.metadata.name),
      namespace: owner.metadata.namespace ?? '',
      labels,
      annotations,
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerRef(owner, ownerType)],
    },
    spec: template.spec ?? { containers: [] },
  }
}

/** Upstream: getPodsPrefix. The dash is left out where it would make an invalid name. */
export function podNamePrefix(owner: string): string {
  return validateDns1123Subdomain(owner).length === 0 ? `${owner}-` : owner
}

/** Creates the pod; throws what the server answers, after an event about it. */
export async function createPod(
  { client, recorder, ownerType }: PodControl,
  { owner, pod, signal }: { owner: ApiObject; pod: Draft<Pod>; signal: AbortSignal },
): Promise<Pod> {
  const reference = referenceOf(ownerType, owner)
  if (Object.keys(pod.metadata?.labels ?? {}).length === 0) {
    throw new Error('unable to create pods, no labels')
  }
  try {
    const created = await client.in(pods, owner.metadata.namespace ?? '').create(pod, { signal })
    const text = `Created pod: ${created.metadata.name}`
    recorder.event(reference, 'Normal', 'SuccessfulCreate', text)
    return created
  } catch (error) {
    if (!isNamespaceTerminating(error) && !signal.aborted) {
      const text = `Error creating: ${(error as Error).message}`
      recorder.event(reference, 'Warning', 'FailedCreate', text)
    }
    throw error
  }
}

/** Deletes the pod; one that is gone already is fine. */
export async function deletePod(
  { client, recorder, ownerType }: PodControl,
  { owner, pod, signal }: { owner: ApiObject; pod: Pod; signal: AbortSignal },
): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata
  const reference = referenceOf(ownerType, owner)
  try {
    await unlessGone(client.in(pods, namespace).delete(name, { preconditions: { uid }, signal }))
    recorder.event(reference, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  } catch (error) {
    const text = `Error deleting: ${(error as Error).message}`
    if (!signal.aborted) recorder.event(reference, 'Warning', 'FailedDelete', text)
    throw error
  }
}

/** A reference for events: objects from lists do not carry their kind. */
export function referenceOf(type: ResourceType, object: ApiObject) {
  return referenceTo({ ...object, kind: type.kind, apiVersion: apiVersionOf(type) })
}
