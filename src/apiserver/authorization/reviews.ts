/**
 * May somebody do something? SubjectAccessReview and its kin.
 * Upstream: pkg/registry/authorization and pkg/apis/authorization/validation/validation.go.
 */
import type {
  LocalSubjectAccessReview,
  ResourceAttributes as ReviewedResource,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '#api/authorization/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { badRequest, invalid } from '#api/meta/status.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Endpoint, EndpointAnswer } from '#apiserver/http/endpoint.ts'
import type { Attributes, Authorizer } from './authorizer.ts'

type Target = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>

export function subjectAccessReviewEndpoint(authorizer: Authorizer): Endpoint {
  return async ({ object }) => {
    const review = withSpec(object as Partial<SubjectAccessReview> | undefined)
    refuse('SubjectAccessReview', [...targetErrors(review.spec), ...userErrors(review.spec)])
    return answer(review, await judge(authorizer, subjectOf(review.spec), review.spec))
  }
}

export function selfSubjectAccessReviewEndpoint(authorizer: Authorizer): Endpoint {
  return async ({ object, user }) => {
    const review = withSpec(object as Partial<SelfSubjectAccessReview> | undefined)
    refuse('SelfSubjectAccessReview', targetErrors(review.spec))
    return answer(review, await judge(authorizer, user, review.spec))
  }
}

export function localSubjectAccessReviewEndpoint(authorizer: Authorizer): Endpoint {
  return async ({ object, namespace }) => {
    const review = withSpec(object as Partial<LocalSubjectAccessReview> | undefined)
    const { spec } = review
    refuse('LocalSubjectAccessReview', [
      ...targetErrors(spec),
      ...userErrors(spec),
      ...localErrors(review, namespace),
    ])
    const asked = spec.resourceAttributes?.namespace ?? ''
    if (asked !== namespace) {
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
    }
    return answer(review, await judge(authorizer, subjectOf(spec), spec))
  }
}

function withSpec<T extends { spec: object }>(review: Partial<T> | undefined): T {
  return { ...review, spec: review?.spec ?? {} } as T
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind }, '', errors)
}

function targetErrors({ resourceAttributes, nonResourceAttributes }: Target): FieldError[] {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const detail = 'cannot be specified in combination with resourceAttributes'
    return [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, detail)]
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    return [invalidValue('spec.resourceAttributes', undefined, detail)]
  }
  return []
}

function userErrors({ user = '', groups = [] }: SubjectAccessReviewSpec): FieldError[] {
  if (user !== '' || groups.length > 0) return []
  return [invalidValue('spec.user', user, 'at least one of user or group must be specified')]
}

function localErrors(review: LocalSubjectAccessReview, namespace: string): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = review.spec
  const own = review.metadata?.namespace ?? namespace
  if (resourceAttributes !== undefined && (resourceAttributes.namespace ?? '') !== own) {
    const value = resourceAttributes.namespace ?? ''
    const field = 'spec.resourceAttributes.namespace'
    return [invalidValue(field, value, 'must match metadata.namespace')]
  }
  if (nonResourceAttributes === undefined) return []
  const detail = 'disallowed on this kind of request'
  return [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, detail)]
}

function subjectOf({ user = '', uid, groups = [], extra }: SubjectAccessReviewSpec): UserInfo {
  return {
    name: user,
    groups,
    ...(uid !== undefined && { uid }),
    ...(extra !== undefined && { extra }),
  }
}

async function judge(
  authorizer: Authorizer,
  user: UserInfo,
  target: Target,
): Promise<SubjectAccessReviewStatus> {
  const { allowed, denied, reason, error } = await authorizer.authorize(attributesOf(user, target))
  return {
    allowed,
    ...(denied === true && { denied }),
    ...(reason !== '' && { reason }),
    ...(error !== undefined && { evaluationError: error }),
  }
}

function attributesOf(user: UserInfo, target: Target): Attributes {
  const { resourceAttributes, nonResourceAttributes } = target
  if (resourceAttributes === undefined) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {}
    return { user, verb, path }
  }
  const { group = '', version = '', resource = '', subresource = '' } = resourceAttributes
  const { namespace = '', name = '', verb = '' } = resourceAttributes
  const fieldSelector = fieldSelectorOf(resourceAttributes)
  const labelSelector = labelSelectorOf(resourceAttributes)
  const asked = { group, version: version || '*', resource, subresource, namespace, name }
  return {
    user,
    verb,
    resource: {
      ...asked,
      ...(fieldSelector !== '' && { fieldSelector }),
      ...(labelSelector !== '' && { labelSelector }),
    },
  }
}

/** The requirements that an authorizer can use: a field that must have one certain value. */
function fieldSelectorOf({ fieldSelector }: ReviewedResource): string {
  if (fieldSelector?.rawSelector) return fieldSelector.rawSelector
  return (fieldSelector?.requirements ?? [])
    .filter(({ operator, values = [] }) => operator === 'In' && values.length === 1)
    .map(({ key, values = [] }) => `${key}=${values[0] ?? ''}`)
    .join(',')
}

/** As a URL would have them. */
function labelSelectorOf({ labelSelector }: ReviewedResource): string {
  if (labelSelector?.rawSelector) return labelSelector.rawSelector
  return (labelSelector?.requirements ?? [])
    .map(({ key, operator, values = [] }) => labelTexts[operator]?.(key, values.join(',')) ?? '')
    .filter(Boolean)
    .join(',')
}

const labelTexts: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
}

function answer(review: object, status: SubjectAccessReviewStatus): EndpointAnswer {
  return { type: 'object', status: 201, object: { ...review, status } }
}
