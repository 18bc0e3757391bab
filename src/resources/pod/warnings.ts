/** What is accepted but hardly meant. Upstream: pkg/api/pod/warnings.go. */
import type { Container, EnvVar, Pod, PodSpec, PodTemplateSpec, Volume } from '#api/core/v1.gen.ts'
import { parseQuantity, scaledValue } from '#api/meta/quantity.ts'

type Annotations = Readonly<Record<string, string>> | undefined

export function podWarnings(pod: Pod): readonly string[] {
  const warnings: string[] = []
  warnOfAnnotations(pod.metadata.annotations, 'metadata', warnings)
  warnOfSpec(pod.spec, 'spec', warnings)
  return warnings
}

export function podTemplateWarnings(
  template: PodTemplateSpec | undefined,
  path: string,
): readonly string[] {
  if (template?.spec === undefined) return []
  const warnings: string[] = []
  warnOfAnnotations(template.metadata?.annotations, `${path}.metadata`, warnings)
  warnOfSpec(template.spec, `${path}.spec`, warnings)
  return warnings
}

function warnOfAnnotations(annotations: Annotations, path: string, warnings: string[]): void {
  if (annotations === undefined) return
  for (const key in annotations) {
    const advice = annotationAdvice(key)
    if (advice !== undefined) warnings.push(`${path}.annotations[${key}]: ${advice}`)
  }
}

function annotationAdvice(key: string): string | undefined {
  if (
    key === 'seccomp.security.alpha.kubernetes.io/pod' ||
    key.startsWith('container.seccomp.security.alpha.kubernetes.io/')
  ) {
    return 'non-functional in v1.27+; use the "seccompProfile" field instead'
  }
  if (key.startsWith('container.apparmor.security.beta.kubernetes.io/')) {
    return 'deprecated since v1.30; use the "appArmorProfile" field instead'
  }
  if (key === 'scheduler.alpha.kubernetes.io/critical-pod') {
    return 'non-functional in v1.16+; use the "priorityClassName" field instead'
  }
  return undefined
}

function warnOfSpec(spec: PodSpec, path: string, warnings: string[]): void {
  for (const key in spec.nodeSelector) {
    const advice = labelAdvice(key)
    if (advice !== undefined) warnings.push(`${path}.nodeSelector[${key}]: ${advice}`)
  }
  warnOfNodeAffinity(spec, `${path}.affinity.nodeAffinity`, warnings)
  spec.topologySpreadConstraints?.forEach(({ topologyKey }, at) => {
    const advice = labelAdvice(topologyKey)
    const here = `${path}.topologySpreadConstraints[${at}].topologyKey`
    if (advice !== undefined) warnings.push(`${here}: ${topologyKey} is ${advice}`)
  })
  spec.volumes?.forEach((volume, at) => warnOfVolume(volume, `${path}.volumes[${at}]`, warnings))
  warnOfPullSecrets(spec, path, warnings)
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    )
  }
  for (const field of ['initContainers', 'containers'] as const) {
    spec[field]?.forEach((container, at) => {
      warnOfContainer(container, `${path}.${field}[${at}]`, warnings)
    })
  }
}

const labels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

function labelAdvice(key: string): string | undefined {
  return labels[key]
}

function warnOfNodeAffinity(spec: PodSpec, path: string, warnings: string[]): void {
  const affinity = spec.affinity?.nodeAffinity
  if (affinity === undefined) return
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const terms = [
    ...required.map((term, at) => ({
      term,
      here: `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${at}]`,
    })),
    ...preferred.map(({ preference }, at) => ({
      term: preference,
      here: `${path}.preferredDuringSchedulingIgnoredDuringExecution[${at}].preference`,
    })),
  ]
  for (const { term, here } of terms) {
    term.matchExpressions?.forEach(({ key }, at) => {
      const advice = labelAdvice(key)
      if (advice === undefined) return
      warnings.push(`${here}.matchExpressions[${at}].key: ${key} is ${advice}`)
    })
  }
}

const volumeAdvice: Partial<Record<keyof Volume, string>> = {
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
}

function warnOfVolume(volume: Volume, path: string, warnings: string[]): void {
  for (const source in volume) {
    const advice = volumeAdvice[source as keyof Volume]
    if (advice !== undefined) warnings.push(`${path}.${source}: ${advice}`)
  }
}

function warnOfPullSecrets(spec: PodSpec, path: string, warnings: string[]): void {
  const seen = new Set<string>()
  spec.imagePullSecrets?.forEach(({ name }, at) => {
    const here = `${path}.imagePullSecrets[${at}]`
    if (!name) warnings.push(`${here}: invalid empty name ""`)
    else if (seen.has(name)) warnings.push(`${here}: duplicate name "${name}"`)
    else seen.add(name)
  })
  const aliases = new Set<string>()
  spec.hostAliases?.forEach(({ ip }, at) => {
    if (aliases.has(ip)) warnings.push(`${path}.hostAliases[${at}]: duplicate ip "${ip}"`)
    aliases.add(ip)
  })
}

const byteResources = ['memory', 'ephemeral-storage'] as const

function warnOfContainer(container: Container, path: string, warnings: string[]): void {
  if (container.env !== undefined) warnOfEnv(container.env, path, warnings)
  for (const list of ['limits', 'requests'] as const) {
    for (const name of byteResources) {
      const quantity = container.resources?.[list]?.[name]
      if (quantity === undefined || !isFractional(quantity)) continue
      warnings.push(
        `${path}.resources.${list}[${name}]: fractional byte value "${quantity}" is invalid, must be an integer`,
      )
    }
  }
  warnOfPorts(container, path, warnings)
}

function isFractional(quantity: string): boolean {
  return /[num]$|\./.test(quantity) && scaledValue(parseQuantity(quantity), -3) % 1000n !== 0n
}

/** A later variable may be meant to extend an earlier one; then nothing is wrong. */
function warnOfEnv(variables: readonly EnvVar[], path: string, warnings: string[]): void {
  const seen = new Set<string>()
  variables.forEach(({ name, value }, at) => {
    if (!seen.has(name)) seen.add(name)
    else if (value?.includes(`$(${name})`) !== true) {
      warnings.push(
        `${path}.env[${at}]: hides previous definition of "${name}", which may be dropped when using apply`,
      )
    }
  })
}

function warnOfPorts(container: Container, path: string, warnings: string[]): void {
  const seen = new Map<string, number>()
  container.ports?.forEach((port, at) => {
    const key = `${port.containerPort}/${port.protocol}/${port.hostIP ?? ''}/${port.hostPort ?? 0}`
    const earlier = seen.get(key)
    if (earlier === undefined) seen.set(key, at)
    else {
      warnings.push(
        `${path}.ports[${at}]: duplicate port definition with ${path}.ports[${earlier}]`,
      )
    }
  })
}
