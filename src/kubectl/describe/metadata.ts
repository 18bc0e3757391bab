/** Sections that nearly every kind has. Upstream: describe.go (printLabelsMultiline and its kin). */
import { compareBytes } from '#api/meta/go-quote.ts'
import { controllerOf } from '#api/meta/owners.ts'
import { lastAppliedAnnotation } from '#kubectl/objects/last-applied.ts'
import type { Described, Row, Section } from './describer.ts'
import type { PrefixWriter } from './prefix-writer.ts'
import { dateText } from './time-text.ts'

type StringMap = Readonly<Record<string, string>>

export const name: Row<Described> = ['Name', ({ metadata }) => metadata.name]
export const namespace: Row<Described> = ['Namespace', ({ metadata }) => metadata.namespace ?? '']
export const labels: Section<Described> = (w, { metadata }) =>
  writeLabels(w, 'Labels', metadata.labels)
export const annotations: Section<Described> = (w, { metadata }) =>
  writeAnnotations(w, 'Annotations', metadata.annotations)
export const created: Row<Described> = [
  'CreationTimestamp',
  ({ metadata }) => dateText(metadata.creationTimestamp),
]
export const controlledBy: Row<Described> = [
  'Controlled By',
  (object) => {
    const owner = controllerOf(object)
    return owner === undefined ? undefined : `${owner.kind}/${owner.name}`
  },
]

/** What most descriptions begin with. */
export const heading = [name, namespace, labels, annotations] as const
/** The same of what no namespace has. */
export const clusterHeading = [name, labels, annotations] as const

/** One a line, sorted. `indent` comes before the title and every further line. */
export function writeLabels(
  w: PrefixWriter,
  title: string,
  pairs: StringMap | undefined,
  indent = '',
): void {
  w.write(0, `${indent}${title}:\t`)
  const keys = sortedKeys(pairs)
  if (keys.length === 0) w.line('<none>')
  for (const [at, key] of keys.entries()) {
    if (at > 0) {
      w.write(0, indent)
      w.write(0, '\t')
    }
    w.write(0, `${key}=${pairs?.[key]}\n`)
  }
}

const limits = {
  /** Longer annotations get lines of their own, which are cut. */
  annotationCharsMax: 140,
} as const

export function writeAnnotations(
  w: PrefixWriter,
  title: string,
  pairs: StringMap | undefined,
): void {
  w.write(0, `${title}:\t`)
  const keys = sortedKeys(pairs).filter((key) => key !== lastAppliedAnnotation)
  if (keys.length === 0) w.line('<none>')
  for (const [at, key] of keys.entries()) {
    if (at > 0) w.write(0, '\t')
    writeAnnotation(w, key, (pairs?.[key] ?? '').replace(/\n$/, ''))
  }
}

function writeAnnotation(w: PrefixWriter, key: string, value: string): void {
  const bytes = Buffer.byteLength(value) + Buffer.byteLength(key) + 2
  if (bytes <= limits.annotationCharsMax && !value.includes('\n')) {
    w.write(0, `${key}: ${value}\n`)
    return
  }
  w.write(0, `${key}:\n`)
  for (const line of value.split('\n')) {
    w.write(0, `\t  ${shortened(line, limits.annotationCharsMax - 2)}\n`)
  }
}

/** Cut at a number of bytes, as Go does. */
export function shortened(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text)
  return bytes.length <= bytesMax ? text : `${bytes.subarray(0, bytesMax).toString()}...`
}

/** `a=1,b=2`. Upstream: apimachinery pkg/labels (FormatLabels). */
export function formatLabels(pairs: StringMap | undefined): string {
  const text = sortedKeys(pairs).map((key) => `${key}=${pairs?.[key]}`)
  return text.length === 0 ? '<none>' : text.join(',')
}

export function sortedKeys(map: object | undefined): string[] {
  return Object.keys(map ?? {}).sort(compareBytes)
}
