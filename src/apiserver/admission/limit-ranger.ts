/**
 * A namespace's LimitRanges give containers default amounts and refuse what lies outside.
 * Upstream: plugin/pkg/admission/limitranger/admission.go.
 */
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '#api/core/v1.gen.ts'
import { limitranges, persistentvolumeclaims, pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import { limitErrors, requestErrors } from './limit-constraints.ts'
import { podQuantities } from './pod-quantities.ts'
import type { Quantities } from './pod-quantities.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

const annotation = 'kubernetes.io/limit-ranger'

export function limitRanger({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles: (request) => isPod(request) || isClaim(request),
    admit(request) {
      if (!isPod(request)) return
      for (const range of objects().list(limitranges, request.namespace)) {
        setDefaults(request.object as Pod, range)
      }
    },
    validate(request) {
      for (const range of objects().list(limitranges, request.namespace)) {
        const items = range.spec?.limits ?? []
        const errors = isPod(request)
          ? podErrors(request.object as Pod, items)
          : claimErrors(request.object as PersistentVolumeClaim, items)
        if (errors.length > 0) throw refusal(request, aggregate(errors))
      }
    },
  }
}

/** Updates of pods cannot change amounts, and must stay possible when a range comes later. */
function isPod(request: AdmissionRequest): boolean {
  return request.operation === 'CREATE' && isAbout(request, pods)
}

function isClaim(request: AdmissionRequest): boolean {
  return (
    (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
    isAbout(request, persistentvolumeclaims)
  )
}

function setDefaults(pod: Pod, range: LimitRange): void {
  const items = (range.spec?.limits ?? []).filter(({ type }) => type === 'Container')
  const limits = Object.assign({}, ...items.map((item) => item.default)) as Quantities
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest)) as Quantities
  const said = [
    ...(pod.spec?.containers ?? []).flatMap((one) =>
      setAmounts(one, { kind: 'container', requests, limits }),
    ),
    ...(pod.spec?.initContainers ?? []).flatMap((one) =>
      setAmounts(one, { kind: 'init container', requests, limits }),
    ),
  ]
  if (said.length === 0) return
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${said.join('; ')}`,
  }
}

/** What was set, in the words of the annotation. */
function setAmounts(
  container: Container,
  defaults: {
    readonly kind: string
    readonly requests: Quantities
    readonly limits: Quantities
  },
): string[] {
  const said: string[] = []
  for (const [field, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const have = container.resources?.[field] ?? {}
    const lacking = Object.entries(defaults[field]).filter(([name]) => have[name] === undefined)
    if (lacking.length === 0) continue
    container.resources = {
      ...container.resources,
      [field]: { ...have, ...Object.fromEntries(lacking) },
    }
    const names = lacking.map(([name]) => name).toSorted(byName)
    said.push(`${names.join(', ')} ${word} for ${defaults.kind} ${container.name}`)
  }
  return said
}

function podErrors(pod: Pod, items: readonly LimitRangeItem[]): string[] {
  const { spec } = pod
  if (spec === undefined) return []
  return items.flatMap((item) => {
    if (item.type === 'Container') {
      return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
        limitErrors(item, resources?.requests ?? {}, resources?.limits ?? {}),
      )
    }
    if (item.type !== 'Pod') return []
    const requests = podQuantities(spec, { of: 'requests', overhead: false })
    const limits = podQuantities(spec, { of: 'limits', overhead: false })
    return limitErrors(item, requests, limits)
  })
}

function claimErrors(claim: PersistentVolumeClaim, items: readonly LimitRangeItem[]): string[] {
  const requests = claim.spec?.resources?.requests ?? {}
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => requestErrors(item, requests))
}

function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)]
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1
}
