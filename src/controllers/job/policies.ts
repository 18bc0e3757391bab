/**
 * What a failed pod means for its Job, and when a Job has succeeded early.
 * Upstream: pkg/controller/job/{pod_failure_policy,success_policy}.go at v1.36.
 */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '#api/batch/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import type { Indexes } from './indexes.ts'
import { countIndexes, parseIndexes } from './indexes.ts'

export type FailureVerdict =
  | { readonly action: 'Count' | 'Ignore' | 'FailIndex' }
  | { readonly action: 'FailJob'; readonly message: string }

/** The first rule that matches decides; without any, the failure counts. */
export function judgeFailure({ podFailurePolicy }: JobSpec, pod: Pod): FailureVerdict {
  for (const [at, rule] of (podFailurePolicy?.rules ?? []).entries()) {
    const match = matchOf(rule, pod)
    if (match === undefined) continue
    if (rule.action === 'FailJob') {
      const message = `${match} matching FailJob rule at index ${at}`
      return { action: 'FailJob', message }
    }
    if (rule.action === 'Ignore' || rule.action === 'FailIndex') return { action: rule.action }
    return { action: 'Count' }
  }
  return { action: 'Count' }
}

/** What matched, in words. */
function matchOf(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata
  if (rule.onExitCodes !== undefined) {
    const hit = exitCodeHit(rule.onExitCodes, pod)
    if (hit === undefined) return undefined
    return `Container ${hit.container} for pod ${namespace}/${name} failed with exit code ${hit.code}`
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    rule.onPodConditions?.some(
      (pattern) => pattern.type === type && (pattern.status ?? 'True') === status,
    ),
  )
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`
}

function exitCodeHit(
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
  { status }: Pod,
): { readonly container: string; readonly code: number } | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {}
  for (const { name, state } of [...containerStatuses, ...initContainerStatuses]) {
    const code = state?.terminated?.exitCode ?? 0
    if (code === 0 || (containerName !== undefined && containerName !== name)) continue
    if (values.includes(code) === (operator === 'In')) return { container: name, code }
  }
  return undefined
}

/** Which rule of the success policy the completed indexes satisfy, in words. */
export function successMatch(
  { successPolicy, completions = 0 }: JobSpec,
  completed: Indexes,
): string | undefined {
  const rules = successPolicy?.rules ?? []
  const at = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return countIndexes(completed) >= (succeededCount ?? 0)
    const asked = parseIndexes(succeededIndexes, completions)
    return overlap(asked, completed) >= (succeededCount ?? countIndexes(asked))
  })
  return at === -1 ? undefined : `Matched rules at index ${at}`
}

function overlap(a: Indexes, b: Indexes): number {
  let count = 0
  for (const [first, last] of a) {
    for (const [from, to] of b) count += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1)
  }
  return count
}
