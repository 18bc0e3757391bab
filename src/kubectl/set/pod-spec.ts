/** The pod that an object is or makes. Upstream: kubectl pkg/polymorphichelpers/updatepodspec.go. */
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export interface EnvVar {
  name: string
  value?: string
  valueFrom?: EnvVarSource
}

export interface EnvVarSource {
  readonly configMapKeyRef?: KeySelector
  readonly secretKeyRef?: KeySelector
  readonly fieldRef?: { readonly fieldPath: string }
  readonly resourceFieldRef?: ResourceFieldSelector
}

export interface KeySelector {
  readonly name?: string
  readonly key: string
}

export interface ResourceFieldSelector {
  readonly containerName?: string
  readonly resource: string
  readonly divisor?: string
}

type Quantities = Record<string, string>

export interface Container {
  name: string
  image?: string
  env?: EnvVar[]
  resources?: { limits?: Quantities; requests?: Quantities }
}

export interface PodSpec {
  containers?: Container[]
  initContainers?: Container[]
  serviceAccountName?: string
}

interface PodTemplate {
  spec?: PodSpec
}

interface Spec {
  template?: PodTemplate
  jobTemplate?: { spec?: { template?: PodTemplate } }
}

/** Where the template is, by API version and kind. */
const templates: Readonly<Record<string, (spec: Spec) => PodTemplate>> = {
  'v1 ReplicationController': inSpec,
  'apps/v1 Deployment': inSpec,
  'apps/v1 DaemonSet': inSpec,
  'apps/v1 ReplicaSet': inSpec,
  'apps/v1 StatefulSet': inSpec,
  'batch/v1 Job': inSpec,
  'batch/v1 CronJob': (spec) => inSpec(((spec.jobTemplate ??= {}).spec ??= {})),
}

function inSpec(spec: Spec): PodTemplate {
  return (spec.template ??= {})
}

/** The object's own, to be changed in place. Throws CommandError for kinds that have none. */
export function podSpecOf(object: KubeObject): PodSpec {
  const { apiVersion = '', kind = '' } = object
  const spec = (object['spec'] ??= {}) as Spec & PodSpec
  if (apiVersion === 'v1' && kind === 'Pod') return spec
  const template = templates[`${apiVersion} ${kind}`]
  if (template === undefined) {
    throw new CommandError(
      `the object is not a pod or does not have a pod template: *${goPackage(apiVersion)}.${kind}`,
    )
  }
  return (template(spec).spec ??= {})
}

/** Containers before init containers: the order in which they are changed. */
export function containersLike({ containers, initContainers }: PodSpec, names: string) {
  return [...(containers ?? []), ...(initContainers ?? [])].filter(({ name }) =>
    matches(name, names),
  )
}

/** `*` stands for anything, without going back. Upstream: kubectl pkg/cmd/set/helper.go, selectString. */
function matches(name: string, pattern: string): boolean {
  if (pattern === '*') return true
  if (!pattern.includes('*')) return name === pattern
  let position = 0
  const parts = pattern.split('*')
  for (const [at, part] of parts.entries()) {
    if (part === '') continue
    const next = name.slice(position).indexOf(part)
    if (next < position || (at === 0 && position !== 0)) return false
    if (at === parts.length - 1 && name.length !== part.length + next) return false
    position = next
  }
  return true
}

/** `v1` of `apps/v1`. */
function goPackage(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}
