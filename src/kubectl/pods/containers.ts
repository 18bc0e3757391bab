/** Which container of a pod is meant. Upstream: kubectl pkg/cmd/util/podcmd/podcmd.go. */
import type { Io } from '#kubectl/io.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export interface Pod extends KubeObject {
  readonly spec?: {
    readonly initContainers?: readonly Container[]
    readonly containers?: readonly Container[]
    readonly ephemeralContainers?: readonly Container[]
  }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

interface Container {
  readonly name: string
}

const defaultAnnotation = 'kubectl.kubernetes.io/default-container'

/** All of them, in the order in which they start. */
export function containersOf({ spec }: Pod): readonly string[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name)
}

/** The annotated one, or the first; which it is is told when there are several. */
export function defaultContainer(pod: Pod, io: Io): string {
  const all = containersOf(pod)
  const annotated = pod.metadata?.annotations?.[defaultAnnotation]
  if (annotated !== undefined && annotated !== '') {
    if (all.includes(annotated)) return annotated
    io.stderr(
      `Default container name ${JSON.stringify(annotated)} not found in pod ${pod.metadata?.name ?? ''}\n`,
    )
  }
  const first = pod.spec?.containers?.[0]?.name ?? ''
  if (all.length > 1) {
    io.stderr(`Defaulted container ${JSON.stringify(first)} out of: ${describeContainers(pod)}\n`)
  }
  return first
}

/** By name, with what kind of container it is. */
export function describeContainers({ spec }: Pod): string {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(', ')
}
