/** Upstream: staging/src/k8s.io/apiserver/pkg/admission/errors.go. */
import { bareFailure, forbidden } from '#api/meta/status.ts'
import type { StatusError } from '#api/meta/status.ts'
import type { ResourceType } from '#api/resource-type.ts'
import type { AdmissionRequest } from './plugin.ts'

/** `pods "web" is forbidden: …`; a name that is still to be generated shows as its prefix. */
export function refusal(request: AdmissionRequest, detail: string): StatusError {
  const { group, plural } = request.resource
  return forbidden({ group, resource: plural }, nameOf(request), detail)
}

/** Whether the request is about the resource itself, not one of its subresources. */
export function isAbout(request: AdmissionRequest, type: ResourceType<unknown>): boolean {
  return request.subresource === '' && isOf(request, type)
}

/** Whether the request is about the resource or one of its subresources. */
export function isOf({ resource }: AdmissionRequest, type: ResourceType<unknown>): boolean {
  return resource.plural === type.resource && resource.group === type.group
}

function nameOf({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown'
}

/**
 * A failure of a plugin that is no Status: 500, in its own words.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/status.go, ErrorToAPIStatus.
 */
export function unexpected(message: string): StatusError {
  return bareFailure(500, message)
}
