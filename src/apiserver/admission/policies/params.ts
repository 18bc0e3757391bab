/**
 * The parameters of a binding. Upstream: admission/plugin/policy/generic/policy_dispatcher.go,
 * CollectParams. Errors have upstream's words; they are errors of configuration.
 */
import type { ParamKind } from '#api/admissionregistration/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Resource } from '#resources/resource.ts'
import type { Binding } from './compile-policy.ts'

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** `null` stands for no parameters: expressions see null. Empty: the binding does not apply. */
export function collectParams(
  kind: ParamKind | undefined,
  { paramRef }: Binding<unknown>,
  { request, objects }: { readonly request: AdmissionRequest; readonly objects: Objects },
): readonly (ApiObject | null)[] {
  if (kind === undefined || paramRef === undefined) return [null]
  const row = findRow(kind, objects)
  const namespace = namespaceOf(row, paramRef.namespace ?? '', request)
  const type = typeOf(row)
  const found =
    paramRef.name !== undefined && paramRef.name !== ''
      ? [objects.get(type, namespace, paramRef.name)].flatMap((param) => param ?? [])
      : selected(objects.list(type, row.namespaced ? namespace : undefined), paramRef.selector)
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError(
      'no params found for policy binding with `Deny` parameterNotFoundAction',
    )
  }
  return found
}

function selected(
  params: readonly ApiObject[],
  selector: Parameters<typeof labelSelectorMatcher>[0],
): readonly ApiObject[] {
  const matcher = labelSelectorMatcher(selector ?? {})
  return params.filter(({ metadata }) => matcher.matches(metadata.labels ?? {}))
}

function findRow({ apiVersion = '', kind = '' }: ParamKind, objects: Objects): Resource {
  const [first = '', second] = apiVersion.split('/')
  const [group, version] = second === undefined ? ['', first] : [first, second]
  for (const row of objects.rows()) {
    const isStored = row.stored !== false
    if (isStored && row.group === group && row.version === version && row.kind === kind) return row
  }
  throw new ConfigurationError(
    `paramKind kind \`&ParamKind{APIVersion:${apiVersion},Kind:${kind},}\` not known`,
  )
}

function namespaceOf(row: Resource, asked: string, request: AdmissionRequest): string {
  if (!row.namespaced) {
    if (asked === '') return ''
    throw new ConfigurationError(
      'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    )
  }
  const namespace = asked === '' ? request.namespace : asked
  if (namespace !== '') return namespace
  throw new ConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  )
}

function typeOf({ group, version, kind, plural, namespaced }: Resource): ResourceType<ApiObject> {
  return { group, version, kind, resource: plural, namespaced }
}
