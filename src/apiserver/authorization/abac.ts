/**
 * Attribute-based access control: a file with a policy a line.
 * Upstream: pkg/auth/authorizer/abac/abac.go and pkg/apis/abac/{v0,v1beta1}/conversion.go, v1.36.
 */
import type { NonResourceRule, ResourceRule } from '#api/authorization/v1.gen.ts'
import { flag, struct, text } from '#api/config-type.ts'
import { DecodeError, decodeValue } from '#api/decode.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { UserError } from '#base/user-error.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Attributes, Decision, LocalAuthorizer } from './authorizer.ts'

/** '' says nothing; `*` means any. */
export interface AbacPolicy {
  readonly user: string
  readonly group: string
  readonly readonly: boolean
  readonly apiGroup: string
  readonly resource: string
  readonly namespace: string
  readonly nonResourcePath: string
}

const apiVersion = 'abac.authorization.kubernetes.io/v1beta1'

const subject = { user: text, group: text, readonly: flag, resource: text, namespace: text }
const oldPolicy = struct('v0.Policy', subject)
const spec = struct('v1beta1.PolicySpec', { ...subject, apiGroup: text, nonResourcePath: text })
const newPolicy = struct('v1beta1.Policy', { apiVersion: text, kind: text, spec })

const nothing: AbacPolicy = {
  user: '',
  group: '',
  readonly: false,
  apiGroup: '',
  resource: '',
  namespace: '',
  nonResourcePath: '',
}

/** Throws UserError that names the line. */
export function parseAbacPolicies(file: string, path: string): readonly AbacPolicy[] {
  return file.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    try {
      return [parsePolicy(line)]
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof YamlError)) throw error
      throw new UserError(
        `error reading policy file ${path}, line ${index + 1}: ${line}: ${error.message}`,
      )
    }
  })
}

/** Without a version it is of the oldest one. Fields that nobody knows are left out, as upstream does. */
function parsePolicy(line: string): AbacPolicy {
  const value = parseYaml(line)
  const head = (value ?? {}) as { readonly kind?: string; readonly apiVersion?: string }
  if (!head.kind || !head.apiVersion) {
    return fromOld({ ...nothing, ...decodeValue<Partial<AbacPolicy>>(oldPolicy, value).object })
  }
  if (head.kind !== 'Policy' || head.apiVersion !== apiVersion) {
    const [kind, version] = [`${head.kind}`, `${head.apiVersion}`]
    throw new DecodeError(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(version)} in scheme "k8s.io/kubernetes/pkg/apis/abac"`,
    )
  }
  const { object } = decodeValue<{ readonly spec?: Partial<AbacPolicy> }>(newPolicy, value)
  return anybody({ ...nothing, ...object.spec })
}

/** Any user and any group are all who said who they are. */
function anybody(policy: AbacPolicy): AbacPolicy {
  if (policy.user !== '*' && policy.group !== '*') return policy
  return { ...policy, user: '', group: wellKnown.authenticated }
}

function fromOld(policy: AbacPolicy): AbacPolicy {
  const { user, group, resource, namespace } = policy
  const isForAll = user === '' && group === ''
  return anybody({
    ...policy,
    ...(isForAll && { group: wellKnown.authenticated }),
    apiGroup: '*',
    resource: resource || '*',
    namespace: namespace || '*',
    nonResourcePath: resource === '' && namespace === '' ? '*' : '',
  })
}

const noMatch: Decision = { allowed: false, reason: 'No policy matched.' }

export function abacAuthorizer(policies: readonly AbacPolicy[]): LocalAuthorizer {
  return {
    authorize(attributes) {
      const allowed = policies.some(
        (policy) =>
          isSubject(policy, attributes.user) &&
          (!policy.readonly || isReading(attributes.verb)) &&
          isObject(policy, attributes),
      )
      return allowed ? { allowed, reason: '' } : noMatch
    },
  }
}

/** What the policies let somebody do in a namespace. */
export function abacRulesFor(
  policies: readonly AbacPolicy[],
  user: UserInfo,
  namespace: string,
): {
  readonly resourceRules: readonly ResourceRule[]
  readonly nonResourceRules: readonly NonResourceRule[]
} {
  const held = policies.filter(
    (policy) => isSubject(policy, user) && matches(policy.namespace, namespace),
  )
  const verbsOf = (policy: AbacPolicy): string[] =>
    policy.readonly ? ['get', 'list', 'watch'] : ['*']
  return {
    resourceRules: held
      .filter(({ resource }) => resource !== '')
      .map((policy) => ({
        verbs: verbsOf(policy),
        apiGroups: [policy.apiGroup],
        resources: [policy.resource],
      })),
    nonResourceRules: held
      .filter(({ nonResourcePath }) => nonResourcePath !== '')
      .map((policy) => ({ verbs: verbsOf(policy), nonResourceURLs: [policy.nonResourcePath] })),
  }
}

/** A policy that names both wants both; one that names nobody is nobody's. */
function isSubject(policy: AbacPolicy, { name, groups }: UserInfo): boolean {
  if (policy.user === '' && policy.group === '') return false
  if (policy.user !== '' && policy.user !== name) return false
  return policy.group === '' || groups.includes(policy.group)
}

function isReading(verb: string): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch'
}

function isObject(policy: AbacPolicy, { resource, path = '' }: Attributes): boolean {
  if (resource === undefined) return isPath(policy.nonResourcePath, path)
  return (
    matches(policy.namespace, resource.namespace) &&
    matches(policy.resource, resource.resource) &&
    matches(policy.apiGroup, resource.group)
  )
}

function isPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}

function matches(wanted: string, value: string): boolean {
  return wanted === '*' || wanted === value
}
