/** Whether a rollout is complete, and the words for it. Upstream: kubectl pkg/polymorphichelpers/rollout_status.go. */
import { CommandError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'

export interface Progress {
  readonly message: string
  readonly isDone: boolean
}

interface Status {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly readyReplicas?: number
  readonly currentReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly updatedNumberScheduled?: number
  readonly desiredNumberScheduled?: number
  readonly numberAvailable?: number
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[]
}

interface Spec {
  readonly replicas?: number
  readonly updateStrategy?: {
    readonly type?: string
    readonly rollingUpdate?: { readonly partition?: number }
  }
}

/** Throws CommandError for what cannot be followed or has failed. */
export function progressOf({ mapping }: Pick<Info, 'mapping'>, object: KubeObject): Progress {
  const progress = mapping.group === 'apps' ? progresses[mapping.kind] : undefined
  if (progress === undefined) {
    const kind = mapping.group === '' ? mapping.kind : `${mapping.kind}.${mapping.group}`
    throw new CommandError(`no status viewer has been implemented for ${kind}`)
  }
  const spec = (object['spec'] ?? {}) as Spec
  const status = (object['status'] ?? {}) as Status
  return progress({ name: object.metadata?.name ?? '', object, spec, status })
}

interface Seen {
  readonly name: string
  readonly object: KubeObject
  readonly spec: Spec
  readonly status: Status
}

const progresses: Readonly<Record<string, (seen: Seen) => Progress>> = {
  Deployment: deployment,
  DaemonSet: daemonSet,
  StatefulSet: statefulSet,
}

function observed({ object, status }: Seen): boolean {
  return (object.metadata?.generation ?? 0) <= (status.observedGeneration ?? 0)
}

function waiting(message: string): Progress {
  return { message: `${message}\n`, isDone: false }
}

function done(message: string): Progress {
  return { message: `${message}\n`, isDone: true }
}

function deployment(seen: Seen): Progress {
  const { name, spec, status } = seen
  if (!observed(seen)) return waiting('Waiting for deployment spec update to be observed...')
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    throw new CommandError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`)
  }
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  const wait = (what: string): Progress =>
    waiting(`Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${what}...`)
  if (updatedReplicas < (spec.replicas ?? 1)) {
    return wait(`${updatedReplicas} out of ${spec.replicas ?? 1} new replicas have been updated`)
  }
  if (replicas > updatedReplicas) {
    return wait(`${replicas - updatedReplicas} old replicas are pending termination`)
  }
  if (availableReplicas < updatedReplicas) {
    return wait(`${availableReplicas} of ${updatedReplicas} updated replicas are available`)
  }
  return done(`deployment ${JSON.stringify(name)} successfully rolled out`)
}

function daemonSet(seen: Seen): Progress {
  const { name, spec, status } = seen
  if (spec.updateStrategy?.type !== 'RollingUpdate') throw onlyRolling()
  if (!observed(seen)) return waiting('Waiting for daemon set spec update to be observed...')
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status
  const wait = (what: string): Progress =>
    waiting(`Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${what}...`)
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return wait(
      `${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated`,
    )
  }
  if (numberAvailable < desiredNumberScheduled) {
    return wait(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available`)
  }
  return done(`daemon set ${JSON.stringify(name)} successfully rolled out`)
}

function statefulSet(seen: Seen): Progress {
  const { spec, status } = seen
  if (spec.updateStrategy?.type !== 'RollingUpdate') throw onlyRolling()
  if ((status.observedGeneration ?? 0) === 0 || !observed(seen)) {
    return waiting('Waiting for statefulset spec update to be observed...')
  }
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status
  const replicas = spec.replicas ?? 1
  if (readyReplicas < replicas)
    return waiting(`Waiting for ${replicas - readyReplicas} pods to be ready...`)
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  if (partition > 0) {
    if (updatedReplicas < replicas - partition) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${replicas - partition} new pods have been updated...`,
      )
    }
    return done(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`)
  }
  if (status.updateRevision !== status.currentRevision) {
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision ?? ''}...`,
    )
  }
  return done(
    `statefulset rolling update complete ${currentReplicas} pods at revision ${status.currentRevision ?? ''}...`,
  )
}

function onlyRolling(): CommandError {
  return new CommandError('rollout status is only available for RollingUpdate strategy type')
}
