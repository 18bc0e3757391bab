/** Where a pod may run. Upstream: describe.go, describeTopologySpreadConstraints and printPodTolerations…. */
import type { Toleration, TopologySpreadConstraint } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export function writeTolerations(
  w: PrefixWriter,
  title: string,
  tolerations: readonly Toleration[] = [],
): void {
  w.write(0, `${title}:\t`)
  if (tolerations.length === 0) w.line('<none>')
  const sorted = tolerations.toSorted((a, b) => compareBytes(a.key ?? '', b.key ?? ''))
  for (const [at, toleration] of sorted.entries()) {
    if (at > 0) w.write(0, '\t')
    w.write(0, `${tolerationText(toleration)}\n`)
  }
}

/** `key=value:effect op=Exists for 300s`. */
function tolerationText(toleration: Toleration): string {
  const { key = '', value = '', effect = '', operator, tolerationSeconds } = toleration
  const what = key + (value === '' ? '' : `=${value}`) + (effect === '' ? '' : `:${effect}`)
  const isExists = operator === 'Exists' && value === ''
  const exists = isExists ? (what === '' ? 'op=Exists' : ' op=Exists') : ''
  return what + exists + (tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`)
}

/** `indent` comes before the title and every further line. */
export function writeSpread(
  w: PrefixWriter,
  constraints: readonly TopologySpreadConstraint[] = [],
  indent = '',
): void {
  if (constraints.length === 0) return
  w.write(0, `${indent}Topology Spread Constraints:\t`)
  const sorted = constraints.toSorted((a, b) => compareBytes(a.topologyKey, b.topologyKey))
  for (const [at, constraint] of sorted.entries()) {
    if (at > 0) w.write(0, `${indent}\t`)
    w.write(0, `${spreadText(constraint)}\n`)
  }
}

function spreadText(constraint: TopologySpreadConstraint): string {
  const { topologyKey, whenUnsatisfiable, maxSkew, labelSelector } = constraint
  const selector =
    labelSelector === undefined ? '' : ` for selector ${formatLabelSelector(labelSelector)}`
  return `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`
}
