/**
 * The levels that a namespace's labels ask for.
 * Upstream: staging/src/k8s.io/pod-security-admission/api/helpers.go.
 */
import { invalidValue } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'

export const levels = ['privileged', 'baseline', 'restricted'] as const

export type Level = (typeof levels)[number]

/** A level as it was defined in a minor version of Kubernetes 1; 'latest': as it is today. */
export interface LevelVersion {
  readonly level: Level
  readonly version: number | 'latest'
}

export const modes = ['enforce', 'audit', 'warn'] as const

export type Mode = (typeof modes)[number]

export type Policy = Readonly<Record<Mode, LevelVersion>>

type Labels = Readonly<Record<string, string>>

const prefix = 'pod-security.kubernetes.io/'

/** Whether any of the labels is about pod security: most namespaces have none. */
export function asksForLevels(labels: Labels): boolean {
  for (const key in labels) if (key.startsWith(prefix)) return true
  return false
}

/** What cannot be read counts as `restricted:latest` in enforcement and as nothing elsewhere. */
export function policyOf(labels: Labels = {}): {
  readonly policy: Policy
  readonly errors: readonly FieldError[]
} {
  const errors: FieldError[] = []
  const read = (mode: Mode): LevelVersion => ({
    level: readLevel(labels, mode, errors),
    version: readVersion(labels, mode, errors),
  })
  const policy = { enforce: read('enforce'), audit: read('audit'), warn: read('warn') }
  return { policy, errors }
}

/** `restricted:latest`, `baseline:v1.30` */
export function formatLevel({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? 'latest' : `v1.${version}`}`
}

/** Whether `a` forbids something that `b` may allow. */
export function isStricter(a: LevelVersion, b: LevelVersion): boolean {
  const difference = levels.indexOf(a.level) - levels.indexOf(b.level)
  if (difference !== 0) return difference > 0
  return a.level !== 'privileged' && a.version !== b.version
}

function readLevel(labels: Labels, mode: Mode, errors: FieldError[]): Level {
  const key = `${prefix}${mode}`
  const text = labels[key]
  if (text === undefined) return 'privileged'
  const level = levels.find((known) => known === text)
  if (level !== undefined) return level
  const detail = `must be one of ${levels.join(', ')}`
  errors.push(invalidValue(`metadata.labels[${key}]`, text, detail))
  return mode === 'enforce' ? 'restricted' : 'privileged'
}

function readVersion(labels: Labels, mode: Mode, errors: FieldError[]): number | 'latest' {
  const key = `${prefix}${mode}-version`
  const text = labels[key] ?? 'latest'
  if (text === 'latest') return text
  const minor = /^v1\.([0-9]|[1-9][0-9]+)$/.exec(text)?.[1]
  if (minor !== undefined) return Number(minor)
  errors.push(invalidValue(`metadata.labels[${key}]`, text, 'must be "latest" or "v1.x"'))
  return 'latest'
}
