/** One rule of the Pod Security Standards, and the words that all of them use. */
import type { Container, ObjectMeta, PodSpec } from './pod.ts'
import { goQuote } from '#api/meta/go-quote.ts'

export interface Subject {
  readonly metadata: Partial<ObjectMeta>
  readonly spec: PodSpec
}

export interface Violation {
  readonly reason: string
  readonly detail: string
}

export interface Check {
  readonly id: string
  /** The minor version that has it first. */
  readonly since: number
  /** Checks of the baseline that this one makes superfluous. */
  readonly overrides?: readonly string[]
  /** Undefined: nothing is wrong. `minor` is the version to judge by. */
  judge(subject: Subject, minor: number): Violation | undefined
}

export function containersOf(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
}

export function isWindows(spec: PodSpec): boolean {
  return spec.os?.name === 'windows'
}

/** `container "a"`, `containers "a", "b"` */
export function named(word: string, names: readonly string[]): string {
  return `${plural(word, names.length)} ${quoted(names)}`
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`
}

/** `"a", "b"` */
export function quoted(values: readonly string[]): string {
  return values.map(goQuote).join(', ')
}

/** Each once, sorted. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1))
}

/** `pod and container "a"`: who sets something at either place. */
export function setters(onPod: boolean, containers: readonly string[]): string {
  const parts = onPod ? ['pod'] : []
  if (containers.length > 0) parts.push(named('container', containers))
  return parts.join(' and ')
}

/** The names of the containers of which something holds. */
export function namesWhere(
  spec: PodSpec,
  holds: (container: Container) => boolean,
): readonly string[] {
  return containersOf(spec)
    .filter(holds)
    .map(({ name }) => name)
}
