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

export function asksForMode(labels: Labels, mode: Mode): boolean {
  return `${prefix}${mode}` in labels || `${prefix}${mode}-version` in labels
}

/** Where nobody says otherwise. */
export const noPolicy: Policy = {
  enforce: { level: 'privileged', version: 'latest' },
  audit: { level: 'privileged', version: 'latest' },
  warn: { level: 'privileged', version: 'latest' },
}

/** Whether it allows everything, without a word. */
export function isPrivileged(policy: Policy): boolean {
  return modes.every((mode) => policy[mode].level === 'privileged')
}

/** What cannot be read counts as `restricted:latest` in enforcement and as nothing elsewhere. */
export function policyOf(
  labels: Labels = {},
  defaults: Policy = noPolicy,
): {
  readonly policy: Policy
  readonly errors: readonly FieldError[]
} {
  const errors: FieldError[] = []
  const read = (mode: Mode): LevelVersion => ({
    level: readLevel(labels, mode, errors) ?? defaults[mode].level,
    version: readVersion(labels, mode, errors) ?? defaults[mode].version,
  })
  const policy = { enforce: read('enforce'), audit: read('audit'), warn: read('warn') }
  return { policy, errors }
}

/** `restricted:latest`, `baseline:v1.30` */
export function formatLevel({ level, version }: LevelVersion): string {
  return `${level}:${formatVersion(version)}`
}

export function formatVersion(version: LevelVersion['version']): string {
  return version === 'latest' ? version : `v1.${version}`
}

/** Whether `a` forbids something that `b` may allow. */
export function isStricter(a: LevelVersion, b: LevelVersion): boolean {
  const difference = levels.indexOf(a.level) - levels.indexOf(b.level)
  if (difference !== 0) return difference > 0
  return a.level !== 'privileged' && a.version !== b.version
}

function readLevel(labels: Labels, mode: Mode, errors: FieldError[]): Level | undefined {
  const key = `${prefix}${mode}`
  const text = labels[key]
  if (text === undefined) return undefined
  const level = parseLevel(text)
  if (level !== undefined) return level
  errors.push(invalidValue(`metadata.labels[${key}]`, text, notALevel))
  return mode === 'enforce' ? 'restricted' : 'privileged'
}

function readVersion(
  labels: Labels,
  mode: Mode,
  errors: FieldError[],
): LevelVersion['version'] | undefined {
  const key = `${prefix}${mode}-version`
  const text = labels[key]
  if (text === undefined) return undefined
  const version = parseVersion(text)
  if (version !== undefined) return version
  errors.push(invalidValue(`metadata.labels[${key}]`, text, notAVersion))
  return 'latest'
}

export const notALevel = `must be one of ${levels.join(', ')}`
export const notAVersion = 'must be "latest" or "v1.x"'

export function parseLevel(text: string): Level | undefined {
  return levels.find((known) => known === text)
}

export function parseVersion(text: string): LevelVersion['version'] | undefined {
  if (text === 'latest') return text
  const minor = /^v1\.([0-9]|[1-9][0-9]+)$/.exec(text)?.[1]
  return minor === undefined ? undefined : Number(minor)
}
