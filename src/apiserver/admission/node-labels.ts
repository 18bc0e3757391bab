/**
 * Labels that a kubelet may not set on its node: others trust them for isolation.
 * Upstream: plugin/pkg/admission/noderestriction/admission.go, getForbiddenLabels, and
 * staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go.
 */
type Labels = Readonly<Record<string, string>>

const kubeletLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
])

const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const kubernetesDomains = ['kubernetes.io', 'k8s.io']
const restrictedDomain = 'node-restriction.kubernetes.io'

/** Of the labels that differ between the two, those that the kubelet may not touch, sorted. */
export function forbiddenLabels(next: Labels = {}, prior: Labels = {}): readonly string[] {
  const keys = new Set([...Object.keys(next), ...Object.keys(prior)])
  return [...keys]
    .filter((key) => next[key] !== prior[key])
    .filter(isForbidden)
    .toSorted((a, b) => (a < b ? -1 : 1))
}

function isForbidden(label: string): boolean {
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : ''
  if (within(domain, restrictedDomain)) return true
  if (!kubernetesDomains.some((known) => within(domain, known))) return false
  return !kubeletLabels.has(label) && !kubeletDomains.some((known) => within(domain, known))
}

function within(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`)
}
