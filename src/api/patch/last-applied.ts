/**
 * The annotation in which `kubectl apply` keeps what it applied, as far as server-side apply heeds it.
 * Upstream: apimachinery pkg/util/managedfields/internal/lastappliedmanager.go, lastappliedupdater.go.
 */
import { goJson } from '#api/meta/go-quote.ts'
import type { StructType } from '#api/schema.ts'
import { differenceOfFieldSets, emptyFieldSet, type FieldSet } from './field-set.ts'
import { isObject, type Json } from './patch-error.ts'
import { compareFields, fieldsOf } from './typed-fields.ts'

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
/** Annotations together may not be larger; a larger configuration is not written down. */
const annotationsBytesMax = 256 * 1024

/** What kubectl applied from the client and nobody has changed since. */
export function lastAppliedFields(type: StructType | undefined, live: Json): FieldSet {
  const text = annotationsOf(live)[annotation]
  if (typeof text !== 'string' || text === '') return emptyFieldSet
  const applied = parse(text)
  if (applied === undefined) return emptyFieldSet
  const { changed, removed } = compareFields(type, live, applied)
  return differenceOfFieldSets(differenceOfFieldSets(fieldsOf(type, applied), changed), removed)
}

/** The object with the annotation renewed, if it has one. */
export function withLastApplied(object: Json, config: Json): Json {
  const annotations = annotationsOf(object)
  if (typeof annotations[annotation] !== 'string') return object
  const text = `${goJson(withoutAnnotation(config))}\n`
  const kept = { ...annotations, [annotation]: text.length > annotationsBytesMax ? '' : text }
  return { ...object, metadata: { ...(object['metadata'] as Json), annotations: kept } }
}

function withoutAnnotation(config: Json): Json {
  const { [annotation]: _annotation, ...annotations } = annotationsOf(config)
  return { ...config, metadata: { ...(config['metadata'] as Json), annotations } }
}

function annotationsOf(object: Json): Json {
  const metadata = object['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
