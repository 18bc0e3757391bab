/** Upstream: pkg/apis/flowcontrol/validation/validation.go, v1.36. */
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '#api/flowcontrol/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateDns1123Label } from '#api/meta/names.ts'
import { checkSubdomain, empty, type Errors } from '#resources/checks/checks.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { subdomainName } from '#resources/names.ts'
import { bootstrapSchemas, mandatoryNames } from './bootstrap.ts'

const precedenceMax = 10_000

export function validateFlowSchema({ metadata, spec }: FlowSchema): readonly FieldError[] {
  const errors: FieldError[] = []
  checkMandatory(metadata.name, spec, bootstrapSchemas[metadata.name], errors)
  checkPrecedence(metadata.name, spec.matchingPrecedence ?? 0, errors)
  const method = spec.distinguisherMethod?.type
  if (method !== undefined && method !== 'ByUser' && method !== 'ByNamespace') {
    const supported = ['ByNamespace', 'ByUser']
    errors.push(notSupported('spec.distinguisherMethod', { type: method }, supported))
  }
  const { name } = spec.priorityLevelConfiguration
  const path = 'spec.priorityLevelConfiguration.name'
  if (empty(name)) errors.push(required(path, 'must reference a priority level'))
  else checkSubdomain(name, path, errors)
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    checkRule(rule, `spec.rules[${index}]`, errors)
  }
  return errors
}

export function checkMandatory(
  ...[name, spec, fixed, errors]: readonly [string, object, object | undefined, Errors]
): void {
  if (!mandatoryNames.includes(name) || semanticEqual(spec, fixed)) return
  errors.push(invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`))
}

function checkPrecedence(name: string, precedence: number, errors: Errors): void {
  const path = 'spec.matchingPrecedence'
  if (precedence <= 0) errors.push(invalidValue(path, precedence, 'must be a positive value'))
  if (precedence > precedenceMax) {
    errors.push(invalidValue(path, precedence, `must not be greater than ${precedenceMax}`))
  }
  if (precedence === 1 && name !== 'exempt') {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1"
    errors.push(invalidValue(path, precedence, detail))
  }
}

function checkRule(rule: PolicyRulesWithSubjects, path: string, errors: Errors): void {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule
  if ((subjects ?? []).length === 0) {
    errors.push(required(`${path}.subjects`, 'subjects must contain at least one value'))
  }
  for (const [index, subject] of (subjects ?? []).entries()) {
    checkSubject(subject, `${path}.subjects[${index}]`, errors)
  }
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const detail = 'at least one of resourceRules and nonResourceRules has to be non-empty'
    errors.push(required(path, detail))
  }
  for (const [index, one] of resourceRules.entries()) {
    checkResourceRule(one, `${path}.resourceRules[${index}]`, errors)
  }
  for (const [index, one] of nonResourceRules.entries()) {
    checkNonResourceRule(one, `${path}.nonResourceRules[${index}]`, errors)
  }
}

const subjectFields = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const

function checkSubject(subject: Subject, path: string, errors: Errors): void {
  const { kind } = subject
  if (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group') {
    errors.push(notSupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User']))
    return
  }
  const own = subjectFields[kind]
  if (subject[own] === undefined) {
    errors.push(required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`))
  } else if (kind === 'ServiceAccount') checkServiceAccount(subject, `${path}.${own}`, errors)
  else if (empty(subject[own].name)) errors.push(required(`${path}.${own}.name`, ''))
  for (const [other, field] of Object.entries(subjectFields)) {
    if (other === kind || subject[field] === undefined) continue
    const detail = `${field} is forbidden when subject kind is not '${other}'`
    errors.push(forbiddenField(`${path}.${field}`, detail))
  }
}

function checkServiceAccount({ serviceAccount }: Subject, path: string, errors: Errors): void {
  const { name = '', namespace = '' } = serviceAccount ?? {}
  if (name === '') errors.push(required(`${path}.name`, ''))
  else if (name !== '*') checkNames(subdomainName(name, false), `${path}.name`, { name, errors })
  if (namespace === '') {
    errors.push(required(`${path}.namespace`, 'must specify namespace for service account'))
  } else {
    const problems = validateDns1123Label(namespace)
    checkNames(problems, `${path}.namespace`, { name: namespace, errors })
  }
}

interface Named {
  readonly name: string
  readonly errors: Errors
}

function checkNames(problems: readonly string[], path: string, { name, errors }: Named): void {
  for (const problem of problems) errors.push(invalidValue(path, name, problem))
}

function checkResourceRule(rule: ResourcePolicyRule, path: string, errors: Errors): void {
  checkVerbs(rule.verbs, path, errors)
  checkAny(rule.apiGroups, `${path}.apiGroups`, { ...words.apiGroups, errors })
  checkAny(rule.resources, `${path}.resources`, { ...words.resources, errors })
  const namespaces = rule.namespaces ?? []
  if (namespaces.length === 0 && rule.clusterScope !== true) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace'
    errors.push(required(`${path}.namespaces`, detail))
  } else if (namespaces.length > 1 && namespaces.includes('*')) {
    const detail = "if '*' is present, must not specify other namespaces"
    errors.push(invalidValue(`${path}.namespaces`, namespaces, detail))
  }
  for (const [index, name] of namespaces.entries()) {
    if (name === '*') continue
    checkNames(validateDns1123Label(name), `${path}.namespaces[${index}]`, { name, errors })
  }
}

function checkNonResourceRule(rule: NonResourcePolicyRule, path: string, errors: Errors): void {
  checkVerbs(rule.verbs, path, errors)
  checkAny(rule.nonResourceURLs, `${path}.nonResourceURLs`, { ...words.urls, errors })
  for (const [index, url] of (rule.nonResourceURLs ?? []).entries()) {
    const problem = urlProblem(url)
    if (problem === undefined) continue
    errors.push(invalidValue(`${path}.nonResourceURLs[${index}]`, url, problem))
  }
}

function urlProblem(url: string): string | undefined {
  if (url === '*' || url === '/') return undefined
  if (url === '') return 'must not be empty'
  if (!url.startsWith('/')) return 'must start with slash'
  if (url.includes(' ')) return 'must not contain white-space'
  if (url.includes('//')) return 'must not contain double slash'
  const star = url.indexOf('*')
  if (star !== -1 && (star < url.length - 1 || !url.endsWith('/*'))) {
    return 'wildcard can only do suffix matching'
  }
  return undefined
}

const words = {
  apiGroups: { missing: 'resource rules must supply at least one api group', what: 'api groups' },
  resources: { missing: 'resource rules must supply at least one resource', what: 'resources' },
  urls: {
    missing: 'nonResourceURLs must contain at least one value',
    what: 'non-resource URLs',
  },
} as const

interface Words {
  readonly missing: string
  readonly what: string
  readonly errors: Errors
}

/** Some, or the star alone. */
function checkAny(names: readonly string[] | undefined, path: string, say: Words): void {
  const given = names ?? []
  if (given.length === 0) say.errors.push(required(path, say.missing))
  else if (given.length > 1 && given.includes('*')) {
    const detail = `if '*' is present, must not specify other ${say.what}`
    say.errors.push(invalidValue(path, given, detail))
  }
}

const supportedVerbs: readonly string[] = [
  'connect',
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
]

function checkVerbs(verbs: readonly string[] | undefined, path: string, errors: Errors): void {
  const missing = 'verbs must contain at least one value'
  checkAny(verbs, `${path}.verbs`, { missing, what: 'verbs', errors })
  const given = verbs ?? []
  if (given.includes('*') || given.every((verb) => supportedVerbs.includes(verb))) return
  errors.push(notSupported(`${path}.verbs`, given, supportedVerbs))
}
