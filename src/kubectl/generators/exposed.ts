/** What a service for a resource selects, and its ports. Upstream: kubectl pkg/polymorphichelpers. */
import { CommandError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { labelsOf } from './overrides.ts'

export interface ExposedPort {
  readonly port: number
  readonly protocol: string
}

export interface Exposed {
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly ExposedPort[]
  readonly labels: Readonly<Record<string, string>> | undefined
}

interface PodSpec {
  readonly containers?: readonly {
    readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[]
  }[]
}

interface Spec extends PodSpec {
  readonly selector?:
    | Readonly<Record<string, string>>
    | {
        readonly matchLabels?: Readonly<Record<string, string>>
        readonly matchExpressions?: readonly unknown[]
      }
  readonly template?: { readonly spec?: PodSpec }
  readonly ports?: readonly { readonly port: number; readonly protocol?: string }[]
}

/** Throws CommandError for kinds that no service can be in front of. */
export function exposedSpec({ mapping, object }: Info, given: string): Exposed {
  const { kind, group } = mapping
  const spec = (object['spec'] ?? {}) as Spec
  const labels = object.metadata?.labels
  const chosen = given === '' ? undefined : labelsOf(given)
  switch (group === '' || group === 'apps' ? kind : '') {
    case 'ReplicationController':
      return {
        selector: chosen ?? (spec.selector as Record<string, string> | undefined) ?? {},
        ports: containerPorts(spec.template?.spec),
        labels,
      }
    case 'Pod':
      return { selector: chosen ?? podLabels(object), ports: containerPorts(spec), labels }
    case 'Service':
      return {
        selector: chosen ?? serviceSelector(spec),
        ports: (spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol })),
        labels,
      }
    case 'Deployment':
    case 'ReplicaSet':
      return {
        selector: chosen ?? matchLabels(spec),
        ports: containerPorts(spec.template?.spec),
        labels,
      }
    default:
      throw new CommandError(`cannot expose a ${group === '' ? kind : `${kind}.${group}`}`)
  }
}

function podLabels({ metadata }: KubeObject): Readonly<Record<string, string>> {
  const labels = metadata?.labels ?? {}
  if (Object.keys(labels).length === 0) {
    throw new CommandError(
      "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
    )
  }
  return labels
}

function serviceSelector({ selector }: Spec): Readonly<Record<string, string>> {
  if (selector === undefined) {
    throw new CommandError(
      "couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set",
    )
  }
  return selector as Readonly<Record<string, string>>
}

function matchLabels({ selector }: Spec): Readonly<Record<string, string>> {
  const { matchLabels: labels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: Record<string, string>
    matchExpressions?: readonly unknown[]
  }
  if (matchExpressions.length > 0) {
    throw new CommandError(
      'couldn\'t retrieve selectors via --selector flag or introspection: couldn\'t convert expressions - "[]" to map-based selector format',
    )
  }
  return labels
}

function containerPorts(spec: PodSpec | undefined): readonly ExposedPort[] {
  return (spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = 'TCP' }) => ({ port: containerPort, protocol })),
  )
}
