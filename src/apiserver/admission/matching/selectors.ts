/**
 * Selectors of namespaces and objects.
 * Upstream: admission/plugin/webhook/predicates/{namespace,object}/matcher.go.
 */
import {
  everything,
  labelSelectorMatcher,
  type Labels,
  type LabelSelectorMatcher,
} from '#api/meta/labels.ts'
import { notFound } from '#api/meta/status.ts'
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { namespaces } from '#api/resources.gen.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isOf } from '#apiserver/admission/refusal.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

export interface Selectors {
  readonly namespace: LabelSelectorMatcher
  readonly object: LabelSelectorMatcher
}

export function compileSelectors(from: {
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
}): Selectors {
  return {
    namespace: labelSelectorMatcher(from.namespaceSelector ?? {}),
    object: labelSelectorMatcher(from.objectSelector ?? {}),
  }
}

/** Throws NotFound when the request's namespace is not there. */
export function selects(
  { namespace, object }: Selectors,
  request: AdmissionRequest,
  objects: Objects,
): boolean {
  return namespaceMatches(namespace, request, objects) && objectMatches(object, request)
}

function namespaceMatches(
  selector: LabelSelectorMatcher,
  request: AdmissionRequest,
  objects: Objects,
): boolean {
  if (selector === everything || selector.empty) return true
  if (isOf(request, namespaces)) return selector.matches(ownLabels(request))
  if (request.namespace === '') return true
  const home = objects.get(namespaces, '', request.namespace)
  if (home === undefined) throw notFound(namespaces, request.namespace)
  return selector.matches(home.metadata.labels)
}

/** A request on a namespace is judged by the labels that it is to have. */
function ownLabels({ object, prior }: AdmissionRequest): Readonly<Record<string, string>> {
  return labelsOf(object ?? prior)
}

/** One of the two is enough: taking a label off does not hide a change. */
function objectMatches(
  selector: LabelSelectorMatcher,
  { object, prior }: AdmissionRequest,
): boolean {
  if (selector === everything || selector.empty) return true
  return [object, prior].some((one) => one !== undefined && selector.matches(labelsOf(one)))
}

/** Options of a connection have no metadata. */
function labelsOf(object: Partial<ApiObject> | undefined): Labels {
  return object?.metadata?.labels ?? {}
}
