/** The objects of a debugging session, purely. Upstream: kubectl pkg/cmd/debug/debug.go, generate*. */
import { applyStrategicMergePatch } from '#api/patch/strategic-merge.ts'
import { typeSchema } from '#api/schema.ts'
import { must } from '#base/assert.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Container, Pod, PodSpec } from '#kubectl/pods/pod.ts'
import type { DebugOptions } from './options.ts'
import { applyProfile } from './profiles.ts'

type FullPod = Pod & { spec: PodSpec }

/** A container more in a pod that runs; of a name that is taken, the one that has it, changed. */
export function ephemeralContainer(pod: Pod, options: DebugOptions, name: string): Container {
  const { template, command, targetContainer } = options
  const copy: FullPod = structuredClone({ ...pod, spec: pod.spec ?? {} })
  const taken = copy.spec.ephemeralContainers?.find((one) => one.name === name)
  const container: Container = taken ?? {
    name,
    ...command,
    ...template,
    ...(targetContainer !== '' && { targetContainerName: targetContainer }),
  }
  applyProfile(copy, container, { ...options, style: 'ephemeral' })
  return customized(container, options)
}

/** Puts it behind those that are there. */
export function ephemeralPatch({ spec }: Pod, container: Container): object {
  const names = new Set([...(spec?.ephemeralContainers ?? []), container].map(({ name }) => name))
  return {
    spec: {
      '$setElementOrder/ephemeralContainers': [...names].map((name) => ({ name })),
      ephemeralContainers: [container],
    },
  }
}

/** A pod on a node, in its namespaces as far as the profile says. */
export function nodePod(
  node: string,
  options: DebugOptions,
  { podName, containerName }: { readonly podName: string; readonly containerName: string },
): Pod {
  const container: Container = { name: containerName, ...options.command, ...options.template }
  const pod: FullPod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: podName, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      containers: [container],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  }
  applyProfile(pod, container, { ...options, style: 'node' })
  pod.spec.containers = [customized(container, options)]
  return pod
}

export interface CopyOfPod {
  readonly pod: Pod
  /** The debugging container; undefined: only images were changed. */
  readonly container: Container | undefined
}

/** The pod anew, with another container or another command in one. `newName` says how a new one is called. */
export function podCopy(
  original: Pod,
  options: DebugOptions,
  newName: (pod: Pod) => string,
): CopyOfPod {
  const pod = bareCopy(original, options)
  const { container: asked, image, setImages } = options
  let container = pod.spec.containers?.find(({ name }) => name === asked)
  if (container === undefined) {
    if (image === '') {
      if (setImages.size > 0) return { pod, container: undefined }
      throw new CommandError('you must specify image when creating new container')
    }
    container = { name: asked === '' ? newName(pod) : asked, terminationMessagePolicy: 'File' }
    pod.spec.containers = [...(pod.spec.containers ?? []), container]
  }
  change(container, options)
  applyProfile(pod, container, { ...options, style: 'copy' })
  const whole = customized(container, options)
  pod.spec.containers = pod.spec.containers?.map((one) => (one === container ? whole : one)) ?? []
  return { pod, container: whole }
}

function bareCopy(original: Pod, options: DebugOptions): FullPod {
  const { namespace, annotations, labels } = original.metadata ?? {}
  const { ephemeralContainers: _, nodeName, ...spec } = structuredClone(original.spec ?? {})
  const { copyTo, sameNode, shareProcesses, setImages } = options
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: copyTo,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: {
      ...spec,
      ...(sameNode && nodeName !== undefined && { nodeName }),
      ...(shareProcesses !== undefined && { shareProcessNamespace: shareProcesses }),
      containers: (spec.containers ?? []).map((one): Container => {
        const image = setImages.get(one.name) ?? setImages.get('*')
        return image === undefined ? one : { ...one, image }
      }),
    },
  }
}

function change(container: Container, options: DebugOptions): void {
  const { command, env, image, pullPolicy, stdin, tty } = options
  if (command['command'] !== undefined) delete container['args']
  Object.assign(container, command, {
    ...(env.length > 0 && { env }),
    ...(image !== '' && { image }),
    ...(pullPolicy !== '' && { imagePullPolicy: pullPolicy }),
    stdin,
    tty,
  })
}

/** With what --custom says merged in. */
function customized(container: Container, { custom }: DebugOptions): Container {
  if (custom === undefined) return container
  const schema = must(typeSchema('core/v1.Container'), 'the schema has no Container')
  return applyStrategicMergePatch(schema, container, {
    ...custom,
    name: container.name,
  }) as Container
}
