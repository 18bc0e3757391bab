/**
 * What a workload was before: the replica sets of a deployment, the controller revisions of a daemon set or
 * stateful set. Upstream: kubectl pkg/polymorphichelpers/{history,rollback}.go.
 */
import { formatLabelSelector } from '#api/meta/labels.ts'
import { StatusError } from '#api/meta/status.ts'
import { goJson } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { applyPatch } from '#kubectl/objects/apply-patch.ts'
import { getObject, listObjects } from '#kubectl/objects/fetch.ts'
import type { Info, Json, KubeObject } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { typed } from '#kubectl/objects/typed.ts'

const changeCauseAnnotation = 'kubernetes.io/change-cause'
const revisionAnnotation = 'deployment.kubernetes.io/revision'

export interface PodTemplate extends Json {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

export interface Revision {
  readonly number: number
  /** Empty: nobody said. */
  readonly changeCause: string
  readonly template: PodTemplate
  /** What `-o` prints of it: the replica set, or the workload as it was. */
  readonly object: KubeObject
  /** The replica set or the controller revision. */
  readonly record: KubeObject
}

export interface Past {
  /** As it is now. */
  readonly workload: KubeObject
  /** Oldest first; several with one number: the last. */
  readonly revisions: readonly Revision[]
}

interface Spec {
  readonly selector?: object
  readonly template?: PodTemplate
}

export function templateOf({ spec }: KubeObject): PodTemplate {
  return (spec as Spec | undefined)?.template ?? {}
}

interface Keeper {
  /** How messages name it. */
  readonly noun: string
  readonly recordKind: 'ReplicaSet' | 'ControllerRevision'
  /** Before what the server says when the records cannot be listed. */
  readonly failure: string
  revision(record: KubeObject, workload: KubeObject): Revision | undefined
}

const keepers: Readonly<Record<string, Keeper>> = {
  Deployment: {
    noun: 'Deployment',
    recordKind: 'ReplicaSet',
    failure: 'failed to retrieve replica sets from deployment',
    revision: replicaSetRevision,
  },
  DaemonSet: {
    noun: 'DaemonSet',
    recordKind: 'ControllerRevision',
    failure: 'unable to find history controlled by DaemonSet',
    revision: controllerRevision,
  },
  StatefulSet: {
    noun: 'Statefulset',
    recordKind: 'ControllerRevision',
    failure: 'unable to find history controlled by StatefulSet',
    revision: controllerRevision,
  },
}

/** Kinds of upstream's table that keep no revisions. */
const others = [' Pod', ' ReplicationController', 'apps ReplicaSet', 'batch Job', 'batch CronJob']

export interface Wording {
  /** `history`, `rollbacker`. */
  readonly retrieving: string
  /** `history viewer`, `rollbacker`. */
  readonly role: string
}

/** Rejects with CommandError for kinds that have no past, in the words of the command. */
export async function pastOf(call: Call, info: Info, wording: Wording): Promise<Past> {
  const keeper = keeperOf(info, wording)
  const { name, namespace } = info
  const mapping = localMapping('apps/v1', info.mapping.kind)
  const rest = await call.factory.rest()
  const workload = typed(
    await getObject(rest, { mapping, namespace, name }).catch((error: unknown) => {
      throw wrapped(error, `failed to retrieve ${keeper.noun} ${name}`)
    }),
  )
  const spec = workload['spec'] as Spec | undefined
  const { items } = await listObjects(rest, {
    type: 'list',
    mapping: localMapping('apps/v1', keeper.recordKind),
    namespace,
    selector: formatLabelSelector(spec?.selector),
    fieldSelector: '',
    chunkSize: 0,
  }).catch((error: unknown) => {
    throw wrapped(error, `${keeper.failure} ${name}`)
  })
  const records = items.filter((item) => isControlledBy(item, workload))
  const found = records.flatMap((record) => keeper.revision(record, workload) ?? [])
  const byNumber = new Map(found.map((revision) => [revision.number, revision]))
  const revisions = [...byNumber.values()].sort((a, b) => a.number - b.number)
  return { workload, revisions }
}

function keeperOf({ mapping: { group, kind } }: Info, { retrieving, role }: Wording): Keeper {
  const keeper = group === 'apps' ? keepers[kind] : undefined
  if (keeper !== undefined) return keeper
  const name = JSON.stringify(group === '' ? kind : `${kind}.${group}`)
  if (others.includes(`${group} ${kind}`)) {
    throw new CommandError(`no ${role} has been implemented for ${name}`)
  }
  throw new CommandError(
    `error retrieving ${retrieving} for ${name}, no visitor method exists for {${group} ${kind}}`,
  )
}

function wrapped(error: unknown, what: string): unknown {
  return error instanceof StatusError ? new CommandError(`${what}: ${error.message}`) : error
}

function isControlledBy({ metadata }: KubeObject, { metadata: owner }: KubeObject): boolean {
  const controller = metadata?.ownerReferences?.find((one) => one.controller === true)
  return controller !== undefined && controller.uid === owner?.uid
}

/** Undefined for one without a number. */
function replicaSetRevision(record: KubeObject): Revision | undefined {
  const annotations = record.metadata?.annotations ?? {}
  const text = annotations[revisionAnnotation] ?? ''
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const object = typed({ ...record, apiVersion: 'apps/v1', kind: 'ReplicaSet' })
  const changeCause = annotations[changeCauseAnnotation] ?? ''
  const template = withChangeCause(templateOf(object), changeCause)
  return { number: Number(text), changeCause, template, object, record }
}

function withChangeCause(template: PodTemplate, changeCause: string): PodTemplate {
  if (changeCause === '') return template
  const { annotations } = template.metadata ?? {}
  return {
    ...template,
    metadata: {
      ...template.metadata,
      annotations: { ...annotations, [changeCauseAnnotation]: changeCause },
    },
  }
}

function controllerRevision(record: KubeObject, workload: KubeObject): Revision {
  const mapping = localMapping('apps/v1', workload.kind ?? '')
  const patch = goJson(record['data'])
  const object = typed(applyPatch({ object: workload, mapping }, 'strategic', patch))
  const changeCause = record.metadata?.annotations?.[changeCauseAnnotation] ?? ''
  return {
    number: Number(record['revision'] ?? 0),
    changeCause,
    template: templateOf(object),
    object,
    record,
  }
}
