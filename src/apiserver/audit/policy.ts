/**
 * `--audit-policy-file`: which requests are told of, and how much. Decoded strictly: a misspelt field must
 * not silence the log.
 * Upstream: staging/src/k8s.io/apiserver/pkg/audit/policy/reader.go and
 * …/pkg/apis/audit/validation/validation.go, v1.36.
 */
import { aggregate, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { parseYaml } from '#api/yaml.ts'
import { UserError } from '#base/user-error.ts'
import { subdomainName } from '#resources/names.ts'
import { levels, stages } from './event.ts'
import type { Level, Stage } from './event.ts'

export interface AuditPolicy {
  readonly rules: readonly PolicyRule[]
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
}

export interface PolicyRule {
  readonly level: Level
  readonly users: readonly string[]
  readonly userGroups: readonly string[]
  readonly verbs: readonly string[]
  readonly resources: readonly GroupResources[]
  readonly namespaces: readonly string[]
  readonly nonResourceURLs: readonly string[]
  readonly omitStages: readonly Stage[]
  /** Undefined: as the policy says. */
  readonly omitManagedFields: boolean | undefined
}

export interface GroupResources {
  readonly group: string
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

/** Throws UserError. `path` is only for the message. */
export function parseAuditPolicy(text: string, path: string): AuditPolicy {
  const value = parseYaml(text)
  const problems: string[] = []
  const root = new Fields(value, '', problems)
  const { kind, apiVersion } = { kind: root.text('kind'), apiVersion: root.text('apiVersion') }
  if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1') {
    const what = `apiVersion ${JSON.stringify(apiVersion)}, kind ${JSON.stringify(kind)}`
    throw new UserError(`${path} is no audit policy of audit.k8s.io/v1: ${what}`)
  }
  const policy: AuditPolicy = {
    rules: root.objects('rules').map(ruleOf),
    omitStages: root.texts('omitStages') as Stage[],
    omitManagedFields: root.flag('omitManagedFields') ?? false,
  }
  root.known(['metadata'])
  if (problems.length > 0) throw new UserError(`${path}: ${problems.join(', ')}`)
  if (policy.rules.length === 0)
    throw new UserError(`loaded illegal policy with 0 rules from ${path}`)
  const errors = validate(policy)
  if (errors.length > 0) throw new UserError(`${path}: ${aggregate(errors)}`)
  return policy
}

function ruleOf(rule: Fields): PolicyRule {
  const decoded = {
    level: rule.text('level') as Level,
    users: rule.texts('users'),
    userGroups: rule.texts('userGroups'),
    verbs: rule.texts('verbs'),
    resources: rule.objects('resources').map(groupResourcesOf),
    namespaces: rule.texts('namespaces'),
    nonResourceURLs: rule.texts('nonResourceURLs'),
    omitStages: rule.texts('omitStages') as Stage[],
    omitManagedFields: rule.flag('omitManagedFields'),
  }
  rule.known()
  return decoded
}

function groupResourcesOf(fields: Fields): GroupResources {
  const decoded = {
    group: fields.text('group'),
    resources: fields.texts('resources'),
    resourceNames: fields.texts('resourceNames'),
  }
  fields.known()
  return decoded
}

function validate({ rules, omitStages }: AuditPolicy): readonly FieldError[] {
  const errors: FieldError[] = []
  checkStages(omitStages, 'omitStages', errors)
  for (const [index, rule] of rules.entries()) checkRule(rule, `rules[${index}]`, errors)
  return errors
}

function checkRule(rule: PolicyRule, path: string, errors: FieldError[]): void {
  if ((rule.level as string) === '') errors.push(required(`${path}.level`, ''))
  else if (!levels.includes(rule.level)) {
    errors.push(notSupported(`${path}.level`, rule.level, levels))
  }
  for (const [index, url] of rule.nonResourceURLs.entries()) {
    checkUrl(url, `${path}.nonResourceURLs[${index}]`, errors)
  }
  for (const [index, resources] of rule.resources.entries()) {
    checkResources(resources, `${path}.resources[${index}]`, errors)
  }
  checkStages(rule.omitStages, `${path}.omitStages`, errors)
  const isAboutResources = rule.resources.length > 0 || rule.namespaces.length > 0
  if (isAboutResources && rule.nonResourceURLs.length > 0) {
    const detail = 'rules cannot apply to both regular resources and non-resource URLs'
    errors.push(invalidValue(`${path}.nonResourceURLs`, rule.nonResourceURLs, detail))
  }
}

function checkUrl(url: string, path: string, errors: FieldError[]): void {
  if (url === '*') return
  if (!url.startsWith('/')) {
    errors.push(invalidValue(path, url, "non-resource URL rules must begin with a '/' character"))
  }
  if (url.slice(0, -1).includes('*')) {
    const detail = "non-resource URL wildcards '*' must be the final character of the rule"
    errors.push(invalidValue(path, url, detail))
  }
}

function checkResources(
  { group, resources, resourceNames }: GroupResources,
  path: string,
  errors: FieldError[],
): void {
  if (group !== '') {
    for (const detail of subdomainName(group, false)) {
      errors.push(invalidValue(`${path}.group`, group, detail))
    }
  }
  if (resourceNames.length > 0 && resources.length === 0) {
    const detail = 'using resourceNames requires at least one resource'
    errors.push(invalidValue(`${path}.resourceNames`, resourceNames, detail))
  }
}

function checkStages(omitted: readonly Stage[], path: string, errors: FieldError[]): void {
  for (const [index, stage] of omitted.entries()) {
    if (stages.includes(stage)) continue
    const detail = `allowed stages are ${stages.join(',')}`
    errors.push(invalidValue(`${path}[${index}]`, stage, detail))
  }
}

/** The fields of an object in a file; what is asked for by a wrong type, or never, is a problem. */
class Fields {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #problems: string[]
  readonly #asked = new Set<string>()

  constructor(value: unknown, path: string, problems: string[]) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) problems.push(`${path === '' ? 'the document' : path} must be an object`)
    this.#value = isObject ? (value as Record<string, unknown>) : {}
    this.#path = path
    this.#problems = problems
  }

  text(name: string): string {
    const value = this.#ask(name) ?? ''
    return typeof value === 'string' ? value : this.#wrong(name, 'a string', '')
  }

  flag(name: string): boolean | undefined {
    const value = this.#ask(name) ?? undefined
    if (value === undefined || typeof value === 'boolean') return value
    return this.#wrong(name, 'true or false', undefined)
  }

  texts(name: string): readonly string[] {
    const value = this.#ask(name) ?? []
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
    return isList ? value : this.#wrong(name, 'a list of strings', [])
  }

  objects(name: string): readonly Fields[] {
    const value = this.#ask(name) ?? []
    if (!Array.isArray(value)) return this.#wrong(name, 'a list', [])
    return value.map(
      (one, index) => new Fields(one, `${this.#place(name)}[${index}]`, this.#problems),
    )
  }

  /** Everything else is unknown. */
  known(others: readonly string[] = []): void {
    for (const name of Object.keys(this.#value)) {
      if (this.#asked.has(name) || others.includes(name)) continue
      this.#problems.push(`unknown field "${this.#place(name)}"`)
    }
  }

  #ask(name: string): unknown {
    this.#asked.add(name)
    return this.#value[name]
  }

  #wrong<T>(name: string, expected: string, instead: T): T {
    this.#problems.push(`${this.#place(name)} must be ${expected}`)
    return instead
  }

  #place(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}
