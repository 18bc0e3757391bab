/**
 * What each command offers for its arguments, by the command's path.
 * Upstream: ValidArgsFunction of the commands; kubectl pkg/util/completion/completion.go.
 */
import type { Call } from '#kubectl/command.ts'
import {
  configNames,
  containerNames,
  namesOf,
  podPorts,
  servicePorts,
  typesStartingWith,
} from './names.ts'
import { directives, startingWith } from './offer.ts'

export interface Offered {
  readonly words: readonly string[]
  readonly directive: number
}

export type Complete = (call: Call, toComplete: string) => Promise<Offered>

const workloads = ['deployment', 'daemonset', 'statefulset']
const scalable = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset']
const exposable = ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset']
const withImages = [
  'daemonsets',
  'deployments',
  'pods',
  'cronjobs',
  'replicasets',
  'replicationcontrollers',
  'statefulsets',
]
/** Types whose pods can be meant. */
const withPods = [
  'daemonsets',
  'deployments',
  'pods',
  'jobs',
  'replicasets',
  'replicationcontrollers',
  'services',
  'statefulsets',
]

/** A command that is not here leaves its arguments to the shell. */
export const argumentCompletions: Readonly<Record<string, Complete>> = {
  annotate: typeAndName(),
  'apply edit-last-applied': typeAndName(),
  'apply view-last-applied': typeAndName(),
  attach: firstOf(podOrWorkload),
  autoscale: typeAndName({ types: scalable }),
  completion: firstWord(['bash', 'zsh', 'fish', 'powershell']),
  'config delete-cluster': inConfig('clusters'),
  'config delete-context': inConfig('contexts'),
  'config delete-user': inConfig('users'),
  'config rename-context': inConfig('contexts'),
  'config set-context': inConfig('contexts'),
  'config use-context': inConfig('contexts'),
  cordon: firstOf(named('node')),
  cp: async (call, toComplete) => (await import('./copy.ts')).copyOffer(call, toComplete),
  'create token': firstOf(named('serviceaccount')),
  debug: typeAndName(),
  delete: typeAndName(),
  describe: typeAndName(),
  drain: firstOf(named('node')),
  edit: typeAndName(),
  exec: firstOf(podOrWorkload),
  expose: typeAndName({ types: exposable }),
  get: typeAndName(),
  label: typeAndName(),
  logs: podThen(containerNames),
  patch: typeAndName(),
  'port-forward': podThen(ports),
  'rollout history': typeAndName({ types: workloads }),
  'rollout pause': typeAndName({ types: ['deployment'] }),
  'rollout restart': typeAndName({ types: workloads }),
  'rollout resume': typeAndName({ types: ['deployment'] }),
  'rollout status': typeAndName({ types: workloads, once: true }),
  'rollout undo': typeAndName({ types: workloads }),
  scale: typeAndName({ types: scalable }),
  'set image': typeAndName({ types: withImages, once: true }),
  taint: typeAndName({ types: ['node'] }),
  'top node': firstOf(named('node')),
  'top pod': firstOf(named('pod')),
  uncordon: firstOf(named('node')),
}

function noFile(words: readonly string[]): Offered {
  return { words, directive: directives.noFile }
}

function firstWord(words: readonly string[]): Complete {
  return async ({ args }, toComplete) =>
    args.length > 0
      ? { words: [], directive: directives.default }
      : noFile(startingWith(words, toComplete))
}

function firstOf(offer: Complete): Complete {
  return async (call, toComplete) =>
    call.args.length > 0 ? noFile([]) : await offer(call, toComplete)
}

function named(type: string): Complete {
  return async (call, toComplete) => noFile(await namesOf(call, type, toComplete))
}

function inConfig(section: 'contexts' | 'clusters' | 'users'): Complete {
  return firstOf(async (call, toComplete) => noFile(await configNames(call, section, toComplete)))
}

interface TypeAndName {
  /** Of these types only. */
  readonly types?: readonly string[]
  /** One object. */
  readonly once?: boolean
}

/** `TYPE NAME…` and `TYPE/NAME…`. */
function typeAndName({ types, once = false }: TypeAndName = {}): Complete {
  const typesFor = async (call: Call, toComplete: string): Promise<readonly string[]> =>
    types === undefined
      ? await typesStartingWith(call, toComplete)
      : startingWith(types, toComplete)
  return async (call, toComplete) => {
    const [first, ...more] = call.args
    if (first !== undefined && !first.includes('/')) {
      if (once && more.length > 0) return noFile([])
      const names = await namesOf(call, first, toComplete)
      return noFile(names.filter((name) => !more.includes(name)))
    }
    const slash = toComplete.indexOf('/')
    if (slash < 0 && first === undefined) return noFile(await typesFor(call, toComplete))
    if (once && first !== undefined) return noFile([])
    if (slash >= 0) return noFile(without(await withType(call, toComplete, slash), call.args))
    const found = await typesFor(call, toComplete)
    return {
      words: found.map((type) => `${type}/`),
      directive: directives.noFile | directives.noSpace,
    }
  }
}

function without(words: readonly string[], args: readonly string[]): readonly string[] {
  return words.filter((word) => !args.includes(word))
}

async function withType(call: Call, toComplete: string, slash: number): Promise<readonly string[]> {
  const type = toComplete.slice(0, slash)
  const names = await namesOf(call, type, toComplete.slice(slash + 1))
  return names.map((name) => `${type}/${name}`)
}

/** A pod, or a workload in the form TYPE/NAME. */
async function podOrWorkload(call: Call, toComplete: string): Promise<Offered> {
  const slash = toComplete.indexOf('/')
  if (slash >= 0) return noFile(await withType(call, toComplete, slash))
  const pods = await namesOf(call, 'pod', toComplete)
  const types = startingWith(withPods, toComplete).map((type) => `${type}/`)
  const noSpace = pods.length === 0 ? directives.noSpace : 0
  return { words: [...pods, ...types], directive: directives.noFile | noSpace }
}

type OfPod = (call: Call, pod: string, toComplete: string) => Promise<readonly string[]>

function podThen(second: OfPod): Complete {
  return async (call, toComplete) => {
    const [pod, more] = call.args
    if (pod === undefined) return await podOrWorkload(call, toComplete)
    return noFile(more === undefined ? await second(call, pod, toComplete) : [])
  }
}

async function ports(call: Call, target: string, toComplete: string): Promise<readonly string[]> {
  const [type, name = ''] = target.includes('/') ? target.split('/') : ['pod', target]
  return ['service', 'services', 'svc'].includes(type ?? '')
    ? await servicePorts(call, name, toComplete)
    : await podPorts(call, target, toComplete)
}
