/** Which container of a pod is meant. Upstream: kubectl pkg/cmd/util/podcmd/podcmd.go. */
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import type { Container, Pod } from './pod.ts'

const defaultAnnotation = 'kubectl.kubernetes.io/default-container'

/** All of them, in the order in which they start. */
export function containersOf({ spec }: Pod): readonly Container[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  return [...initContainers, ...containers, ...ephemeralContainers]
}

export interface Choice {
  /** Empty: the default one. */
  readonly asked: string
  /** Which one is taken by default is not said. */
  readonly quiet: boolean
}

/** The named one, the annotated one, or the first; which it is is told when there are several. */
export function chooseContainer(
  pod: Pod,
  { asked, quiet }: Choice,
  io: Pick<Io, 'stderr'>,
): Container {
  const all = containersOf(pod)
  const { name = '', namespace = '', annotations = {} } = pod.metadata ?? {}
  const wanted = asked === '' ? (annotations[defaultAnnotation] ?? '') : asked
  if (wanted !== '') {
    const found = all.find((one) => one.name === wanted)
    if (found !== undefined) return found
    throw new CommandError(
      `container ${wanted} is not valid for pod ${name} out of: ${describeContainers(pod)}`,
    )
  }
  const [first] = pod.spec?.containers ?? []
  if (first === undefined) {
    throw new CommandError(`pod ${namespace}/${name} does not have any containers`)
  }
  if (all.length > 1 && !quiet) {
    io.stderr(
      `Defaulted container ${JSON.stringify(first.name)} out of: ${describeContainers(pod)}\n`,
    )
  }
  return first
}

/** As `chooseContainer`, but an annotation that names none is only told. */
export function containerToLog(pod: Pod, { quiet }: Pick<Choice, 'quiet'>, io: Io): Container {
  const { name = '', annotations: { [defaultAnnotation]: wanted = '', ...annotations } = {} } =
    pod.metadata ?? {}
  const isKnown = containersOf(pod).some((one) => one.name === wanted)
  if (wanted === '' || isKnown) return chooseContainer(pod, { asked: wanted, quiet }, io)
  io.stderr(`Default container name ${JSON.stringify(wanted)} not found in pod ${name}\n`)
  const plain = { ...pod, metadata: { ...pod.metadata, annotations } }
  return chooseContainer(plain, { asked: '', quiet }, io)
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
