/**
 * Pods run on the nodes that an annotation of their namespace selects, or the configuration where there
 * is none; the configuration also lists what pods of a namespace may select.
 * Upstream: plugin/pkg/admission/podnodeselector/admission.go.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { internalError, notFound } from '#api/meta/status.ts'
import { namespaces, pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'

/** `podNodeSelectorPluginConfig`: selectors by namespace, and one for those that have no annotation. */
export type NodeSelectors = Readonly<Record<string, string>>

const clusterDefault = 'clusterDefaultNodeSelector'

export function podNodeSelector(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    handles: (request) => request.operation === 'CREATE' && isAbout(request, pods),
    admit(request) {
      const wanted = selectorIn(deps, request.namespace)
      const { spec } = request.object as Pod
      if (spec === undefined) return
      checkConflicts(wanted, spec.nodeSelector ?? {}, request)
      const selector = { ...wanted, ...spec.nodeSelector }
      if (Object.keys(selector).length > 0) spec.nodeSelector = selector
    },
    validate(request) {
      const own = (request.object as Pod).spec?.nodeSelector ?? {}
      checkConflicts(selectorIn(deps, request.namespace), own, request)
      const allowed = parse(deps.configurations?.podNodeSelector?.[request.namespace] ?? '')
      const isEmpty = Object.keys(allowed).length === 0
      if (isEmpty || isSubset(own, allowed)) return
      throw refusal(request, 'pod node label selector labels conflict with its namespace whitelist')
    },
  }
}

type Selector = Readonly<Record<string, string>>

function selectorIn({ objects, configurations }: AdmissionDeps, namespace: string): Selector {
  const home = objects().get(namespaces, '', namespace)
  if (home === undefined) throw notFound(namespaces, namespace)
  const fallback = configurations?.podNodeSelector?.[clusterDefault] ?? ''
  return parse(home.metadata.annotations?.[annotation] ?? fallback)
}

/** `a=b,c=d` */
function parse(text: string): Selector {
  if (text === '') return {}
  const pairs = text.split(',').map((pair) => {
    const [key = '', value, ...more] = pair.split('=')
    if (value === undefined || more.length > 0) {
      throw internalError(`invalid selector: [${text.split(',').join(' ')}]`)
    }
    return [key.trim(), value.trim()]
  })
  return Object.fromEntries(pairs)
}

function isSubset(own: Selector, allowed: Selector): boolean {
  return Object.entries(own).every(([key, value]) => allowed[key] === value)
}

function checkConflicts(wanted: Selector, own: Selector, request: AdmissionRequest): void {
  const conflicting = Object.keys(wanted).some(
    (key) => own[key] !== undefined && own[key] !== wanted[key],
  )
  if (!conflicting) return
  throw refusal(request, 'pod node label selector conflicts with its namespace node label selector')
}
