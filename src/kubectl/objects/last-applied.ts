/**
 * The annotation in which `kubectl apply` keeps what it applied last.
 * Upstream: kubectl pkg/util/apply.go.
 */
import { goJson, goStructJson } from '#api/meta/go-quote.ts'
import type { KubeObject } from './info.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** What the annotation of this object would hold: itself, without the annotation, in one line. */
export function lastAppliedOf(object: KubeObject): string {
  const { [lastAppliedAnnotation]: _own, ...annotations } = object.metadata?.annotations ?? {}
  return `${goJson({ ...object, metadata: { ...object.metadata, annotations } })}\n`
}

export function readLastApplied(object: KubeObject): string | undefined {
  return object.metadata?.annotations?.[lastAppliedAnnotation]
}

/** The object with the annotation that says what it is. */
export function withLastApplied(object: KubeObject): KubeObject {
  return annotated(object, lastAppliedOf(object))
}

/** Of an object of one of Go's types, which is written in the order of its fields. */
export function withLastAppliedStruct(object: KubeObject): KubeObject {
  return annotated(object, `${goStructJson(object)}\n`)
}

/** Renewed where it is already there: what `create`, `run` and `set` do without `--save-config`. */
export function withLastAppliedIfThere(object: KubeObject): KubeObject {
  return readLastApplied(object) === undefined ? object : withLastApplied(object)
}

function annotated(object: KubeObject, text: string): KubeObject {
  const annotations = { ...object.metadata?.annotations, [lastAppliedAnnotation]: text }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
