/** Upstream: staging/src/k8s.io/pod-security-admission/policy/registry.go. */
import { baselineChecks } from './baseline.ts'
import type { Check, Subject } from './check.ts'
import type { LevelVersion } from './policy.ts'
import { restrictedChecks } from './restricted.ts'

/** `reason (detail), reason (detail)`; undefined: the level allows the pod. */
export function violations(subject: Subject, { level, version }: LevelVersion): string | undefined {
  if (level === 'privileged') return undefined
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : version
  const found = checksOf(level, minor).flatMap((check) => check.judge(subject, minor) ?? [])
  if (found.length === 0) return undefined
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')
}

function checksOf(level: 'baseline' | 'restricted', minor: number): readonly Check[] {
  const current = ({ since }: Check): boolean => since <= minor
  const baseline = baselineChecks.filter(current)
  if (level === 'baseline') return baseline
  const restricted = restrictedChecks.filter(current)
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides))
  return [...baseline.filter(({ id }) => !overridden.has(id)), ...restricted]
}
