/**
 * Small plugins that are off unless asked for.
 * Upstream: plugin/pkg/admission/{admit,deny,alwayspullimages,antiaffinity,extendedresourcetoleration,namespace}.
 */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { isStatus, notFound } from '#api/meta/status.ts'
import { namespaces, pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, isOf, refusal } from './refusal.ts'

export function alwaysAdmit(): AdmissionPlugin {
  return { name: 'AlwaysAdmit', handles: () => false }
}

export function alwaysDeny(): AdmissionPlugin {
  return {
    name: 'AlwaysDeny',
    handles: () => true,
    validate(request) {
      throw refusal(request, 'admission control is denying all modifications')
    },
  }
}

/** Nobody uses an image of a node that he could not pull himself. */
export function alwaysPullImages(): AdmissionPlugin {
  return {
    name: 'AlwaysPullImages',
    handles: (request) => isWrite(request) && isAbout(request, pods),
    admit({ object }) {
      for (const container of containersOf(object as Pod)) container.imagePullPolicy = 'Always'
    },
  }
}

/** Pods may keep others away from their node, not from more. */
export function limitPodHardAntiAffinityTopology(): AdmissionPlugin {
  return {
    name: 'LimitPodHardAntiAffinityTopology',
    handles: (request) => isWrite(request) && isAbout(request, pods),
    validate(request) {
      const affinity = (request.object as Pod).spec?.affinity?.podAntiAffinity
      const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
      const wide = terms.find(({ topologyKey }) => topologyKey !== 'kubernetes.io/hostname')
      if (wide === undefined) return
      throw refusal(
        request,
        `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key kubernetes.io/hostname is allowed`,
      )
    },
  }
}

/** Nodes with special resources are tainted with their names; pods that ask for one tolerate that. */
export function extendedResourceToleration(): AdmissionPlugin {
  return {
    name: 'ExtendedResourceToleration',
    handles: (request) => isWrite(request) && isAbout(request, pods),
    admit({ object }) {
      const pod = object as Pod
      const names = new Set(
        containersOf(pod).flatMap(({ resources }) => Object.keys(resources?.requests ?? {})),
      )
      for (const key of [...names].filter(isExtended)) {
        const have = pod.spec?.tolerations ?? []
        if (pod.spec === undefined || have.some((one) => one.key === key && !one.effect)) continue
        pod.spec.tolerations = [...have, { key, operator: 'Exists' }]
      }
    },
  }
}

export function namespaceExists({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: (request) => request.namespace !== '' && !isOf(request, namespaces),
    validate({ namespace }) {
      if (objects().get(namespaces, '', namespace) === undefined) {
        throw notFound(namespaces, namespace)
      }
    },
  }
}

export function namespaceAutoProvision({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: (request) =>
      isWrite(request) && request.namespace !== '' && !isOf(request, namespaces),
    async admit({ namespace, dryRun }) {
      if (dryRun || objects().get(namespaces, '', namespace) !== undefined) return
      try {
        await objects().create(namespaces, '', { metadata: { name: namespace }, spec: {} })
      } catch (error) {
        if (!isStatus(error, 'AlreadyExists')) throw error
      }
    },
  }
}

function isWrite({ operation }: AdmissionRequest): boolean {
  return operation === 'CREATE' || operation === 'UPDATE'
}

function containersOf({ spec }: Pod): Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
}

function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/')
}
