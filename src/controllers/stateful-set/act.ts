/**
 * Takes one step for a StatefulSet, and tells about it.
 * Upstream: pkg/controller/statefulset/stateful_pod_control.go at v1.36.
 */
import type { StatefulSet } from '#api/apps/v1.gen.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import type { Draft } from '#api/resource-type.ts'
import { persistentvolumeclaims, pods, statefulsets } from '#api/resources.gen.ts'
import { must, unreachable } from '#base/assert.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { PendingWrites } from '#controllers/pending-writes.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { isNamespaceTerminating, unlessExists, unlessGone } from '#controllers/writes.ts'
import type { Step } from './plan.ts'
import { claimName, claimsFor, newPod, ordinalOf, withIdentity } from './pods.ts'

export interface StatefulActor {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly claims: ReadonlyStore<PersistentVolumeClaim>
  readonly pending: PendingWrites<Pod>
}

interface Taking {
  readonly key: string
  readonly set: StatefulSet
  /** By the name of their revision. */
  readonly templates: ReadonlyMap<string, PodTemplateSpec>
  readonly signal: AbortSignal
}

export async function take(actor: StatefulActor, step: Step, taking: Taking): Promise<void> {
  switch (step.type) {
    case 'create':
      return await create(actor, step, taking)
    case 'delete':
      return await remove(actor, step, taking)
    case 'identify': {
      const { client, pending } = actor
      const { key, set, signal } = taking
      const podsHere = client.in(pods, set.metadata.namespace ?? '')
      const next = withIdentity(step.pod, step.ordinal)
      const updated = await unlessGone(podsHere.update(next, { signal }))
      if (updated !== undefined) pending.wrote(key, updated)
      return
    }
    default:
      unreachable(step)
  }
}

async function create(
  actor: StatefulActor,
  { ordinal, revision }: Extract<Step, { type: 'create' }>,
  { key, set, templates, signal }: Taking,
): Promise<void> {
  const { client, pending } = actor
  const template = must(templates.get(revision), `the revision ${revision} is one of two`)
  const pod = newPod(set, ordinal, { template, name: revision })
  const name = pod.metadata?.name ?? ''
  for (const claim of claimsFor(set, ordinal))
    await createClaim(actor, claim, { set, name, signal })
  const tell = teller(actor, set, `Pod ${name} in StatefulSet ${set.metadata.name}`)
  try {
    const podsHere = client.in(pods, set.metadata.namespace ?? '')
    const created = await unlessExists(podsHere.create(pod, { signal }))
    if (created === undefined) return
    pending.wrote(key, created)
    tell('create', undefined)
  } catch (error) {
    if (!isNamespaceTerminating(error)) tell('create', error)
    throw error
  }
}

async function createClaim(
  { client, recorder, claims }: StatefulActor,
  claim: Draft<PersistentVolumeClaim>,
  at: { readonly set: StatefulSet; readonly name: string; readonly signal: AbortSignal },
): Promise<void> {
  const { namespace = '', name = '' } = claim.metadata ?? {}
  if (claims.get(`${namespace}/${name}`) !== undefined) return
  const { metadata } = at.set
  const subject = `create Claim ${name} Pod ${at.name} in StatefulSet ${metadata.name}`
  const reference = referenceOf(statefulsets, at.set)
  try {
    const { signal } = at
    const made = client.in(persistentvolumeclaims, namespace).create(claim, { signal })
    if ((await unlessExists(made)) === undefined) return
    recorder.event(reference, 'Normal', 'SuccessfulCreate', `${subject} success`)
  } catch (error) {
    const text = `${subject} failed error: ${(error as Error).message}`
    recorder.event(reference, 'Warning', 'FailedCreate', text)
    throw error
  }
}

async function remove(
  actor: StatefulActor,
  { pod, reason }: Extract<Step, { type: 'delete' }>,
  { key, set, signal }: Taking,
): Promise<void> {
  const { client, pending, recorder } = actor
  const { namespace = '', name, uid } = pod.metadata
  if (reason === 'ended') tellEnded(recorder, set, pod)
  if (reason === 'scale') await handClaimsOver(actor, set, { pod, signal })
  const tell = teller(actor, set, `Pod ${name} in StatefulSet ${set.metadata.name}`)
  try {
    const podsHere = client.in(pods, namespace)
    await unlessGone(podsHere.delete(name, { preconditions: { uid }, signal }))
    pending.deleted(key, pod)
    tell('delete', undefined)
  } catch (error) {
    tell('delete', error)
    throw error
  }
}

function tellEnded(recorder: EventRecorder, set: StatefulSet, { metadata, status }: Pod): void {
  const isFailed = status?.phase === 'Failed'
  const reason = isFailed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod'
  const state = isFailed ? 'failed' : 'terminated'
  const { namespace, name } = metadata
  const text = `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating ${state} Pod ${namespace}/${name}`
  const type = isFailed ? 'Warning' : 'Normal'
  recorder.event(referenceOf(statefulsets, set), type, reason, text)
}

/** Claims that are to go with a pod that is scaled away are owned by that pod from now on. */
async function handClaimsOver(
  { client, claims }: StatefulActor,
  set: StatefulSet,
  { pod, signal }: { readonly pod: Pod; readonly signal: AbortSignal },
): Promise<void> {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return
  const { namespace = '', name, uid } = pod.metadata
  const ordinal = ordinalOf(set, pod) ?? 0
  for (const { metadata } of set.spec.volumeClaimTemplates ?? []) {
    const claim = claims.get(`${namespace}/${claimName(set, metadata.name, ordinal)}`)
    if (claim === undefined) continue
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }]
    const next = { ...claim, metadata: { ...claim.metadata, ownerReferences } }
    await unlessGone(client.in(persistentvolumeclaims, namespace).update(next, { signal }))
  }
}

/** Tells that something with the subject went well or failed. */
function teller({ recorder }: StatefulActor, set: StatefulSet, subject: string) {
  const reference = referenceOf(statefulsets, set)
  return (verb: 'create' | 'delete', error: unknown): void => {
    const noun = verb === 'create' ? 'Create' : 'Delete'
    if (error === undefined) {
      recorder.event(reference, 'Normal', `Successful${noun}`, `${verb} ${subject} successful`)
    } else {
      const text = `${verb} ${subject} failed error: ${(error as Error).message}`
      recorder.event(reference, 'Warning', `Failed${noun}`, text)
    }
  }
}
