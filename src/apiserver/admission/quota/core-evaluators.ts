/** Upstream: pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims}.go. */
import type { Container, PersistentVolumeClaim, Pod, Service } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { compareQuantities, parseQuantity } from '#api/meta/quantity.ts'
import type { Quantity } from '#api/meta/quantity.ts'
import { persistentvolumeclaims, pods, services } from '#api/resources.gen.ts'
import { podQuantities } from '#apiserver/admission/pod-quantities.ts'
import type { Quantities } from '#apiserver/admission/pod-quantities.ts'
import type { Evaluator } from './evaluator.ts'
import { podInScope, valueMatches } from './scopes.ts'
import { count, one, zero } from './usage.ts'
import type { Usage } from './usage.ts'

const computeNames: ReadonlySet<string> = new Set(
  ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [
    name,
    `requests.${name}`,
    `limits.${name}`,
  ]),
)

/** Of these, every container under a quota of them must say what it wants. */
const mandatoryNames: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
])

const storageName = 'requests.storage'
const perClass = '.storageclass.storage.k8s.io/'

export const podEvaluator: Evaluator = {
  type: pods,
  counts: (name) =>
    name === 'pods' ||
    name === 'count/pods' ||
    computeNames.has(name) ||
    /^(requests\.)?hugepages-/.test(name) ||
    (name.startsWith('requests.') && isExtended(name.slice('requests.'.length))),
  charges: ({ operation, subresource }) =>
    subresource === '' ? operation === 'CREATE' : subresource === 'resize',
  usage: (object, nowMs) => podUsage(object as Pod, nowMs),
  inScope: (object, requirement) => podInScope(object as Pod, requirement),
  objection: (object, names) => missingAmounts(object as Pod, names),
}

export const serviceEvaluator: Evaluator = {
  type: services,
  counts: (name) =>
    ['services', 'services.nodeports', 'services.loadbalancers', 'count/services'].includes(name),
  charges: ({ subresource }) => subresource === '',
  usage: (object) => serviceUsage(object as Service),
  inScope: () => false,
}

export const claimEvaluator: Evaluator = {
  type: persistentvolumeclaims,
  counts: (name) =>
    ['persistentvolumeclaims', 'count/persistentvolumeclaims', storageName].includes(name) ||
    name.endsWith(`${perClass}${storageName}`) ||
    name.endsWith(`${perClass}persistentvolumeclaims`),
  charges: ({ subresource }) => subresource === '',
  usage: (object) => claimUsage(object as PersistentVolumeClaim),
  inScope: (object, requirement) =>
    requirement.scopeName === 'VolumeAttributesClass' &&
    valueMatches(
      requirement,
      (object as PersistentVolumeClaim).spec?.volumeAttributesClassName ?? '',
    ),
}

/** Pods that have ended use nothing but their place in the store. */
function podUsage(pod: Pod, nowMs: number): Usage {
  const usage = new Map<string, Quantity>([['count/pods', one]])
  if (isPodTerminal(pod) || isOverdue(pod, nowMs) || pod.spec === undefined) return usage
  usage.set('pods', one)
  const requests = podQuantities(pod.spec, { of: 'requests', overhead: true })
  const limits = podQuantities(pod.spec, { of: 'limits', overhead: true })
  for (const [name, amount] of computeUsage(requests, limits)) usage.set(name, amount)
  return usage
}

/** Its deletion was due, and its node does not say that it ended. */
function isOverdue({ metadata }: Pod, nowMs: number): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

function* computeUsage(requests: Quantities, limits: Quantities): Generator<[string, Quantity]> {
  for (const [name, text] of Object.entries(requests)) {
    const amount = parseQuantity(text)
    if (computeNames.has(name) || name.startsWith('hugepages-')) yield [name, amount]
    if (computeNames.has(name) || name.startsWith('hugepages-') || isExtended(name)) {
      yield [`requests.${name}`, amount]
    }
  }
  for (const [name, text] of Object.entries(limits)) {
    if (computeNames.has(name)) yield [`limits.${name}`, parseQuantity(text)]
  }
}

/** `example.com/gpu`, but nothing of Kubernetes' own. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.')
}

function missingAmounts(pod: Pod, names: readonly string[]): string | undefined {
  const mandatory = names.filter((name) => mandatoryNames.has(name))
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const lines = mandatory
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => {
      const lacking = containers.filter((container) => !says(container, name))
      const list = [...new Set(lacking.map((one) => one.name))].toSorted((a, b) => (a < b ? -1 : 1))
      return list.length === 0 ? [] : [`${name} for: ${list.join(',')}`]
    })
  return lines.length === 0 ? undefined : `must specify ${lines.join('; ')}`
}

function says({ resources }: Container, name: string): boolean {
  return name.startsWith('limits.')
    ? resources?.limits?.[name.slice('limits.'.length)] !== undefined
    : resources?.requests?.[name.replace(/^requests\./, '')] !== undefined
}

function serviceUsage({ spec }: Service): Usage {
  const ports = spec?.ports ?? []
  const explicit = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0).length
  const isBalanced = spec?.type === 'LoadBalancer'
  const nodePorts = isBalanced
    ? spec.allocateLoadBalancerNodePorts === false
      ? explicit
      : ports.length
    : spec?.type === 'NodePort'
      ? ports.length
      : 0
  return new Map([
    ['count/services', one],
    ['services', one],
    ['services.nodeports', count(nodePorts)],
    ['services.loadbalancers', isBalanced ? one : zero],
  ])
}

function claimUsage({ metadata, spec, status }: PersistentVolumeClaim): Usage {
  const usage = new Map<string, Quantity>([
    ['count/persistentvolumeclaims', one],
    ['persistentvolumeclaims', one],
  ])
  const storageClass =
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
  if (storageClass) usage.set(`${storageClass}${perClass}persistentvolumeclaims`, one)
  const asked = spec?.resources?.requests?.['storage']
  if (asked === undefined) return usage
  const allocated = status?.allocatedResources?.['storage'] ?? '0'
  const size = parseQuantity(compareQuantities(allocated, asked) > 0 ? allocated : asked)
  usage.set(storageName, size)
  if (storageClass) usage.set(`${storageClass}${perClass}${storageName}`, size)
  return usage
}
