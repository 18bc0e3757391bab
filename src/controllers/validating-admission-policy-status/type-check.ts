/**
 * Expressions against the schemas of the kinds that a policy names.
 * Upstream: admission/plugin/policy/validating/typechecking.go.
 */
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ParamKind,
  ValidatingAdmissionPolicy,
} from '#api/admissionregistration/v1.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import * as generated from '#api/resources.gen.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { policyScope, compileExpression, type Compiled } from '#cel/policy-scope.ts'
import { objectTypeOf } from '#cel/schema-type.ts'
import { dyn, type ValueType } from '#cel/value-type.ts'

const limits = {
  /** As upstream: a policy about more kinds is not checked against the rest. */
  kindsMax: 10,
} as const

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

interface Expression {
  readonly fieldRef: string
  readonly source: string
}

export function typeWarnings({ spec }: ValidatingAdmissionPolicy): readonly ExpressionWarning[] {
  const kinds = kindsOf(spec.matchConstraints?.resourceRules ?? [])
  const paramType = spec.paramKind === undefined ? undefined : paramTypeOf(spec.paramKind)
  const found = new Map<string, string[]>()
  for (const kind of kinds) {
    const object = schemaOf(kind)
    if (object === undefined) continue
    const scope = policyScope({
      paramKind: spec.paramKind,
      variables: spec.variables ?? [],
      object,
      ...(paramType !== undefined && { params: paramType }),
    })
    const check = ({ fieldRef, source }: Expression, quiet = false): void => {
      const compiled = compileExpression(source, quiet ? scope.quiet : scope.environment)
      const text = problemOf(compiled)
      if (text === undefined) return
      const warnings = found.get(fieldRef) ?? []
      found.set(fieldRef, [...warnings, `${nameOf(kind)}: ${text}`])
    }
    for (const [at, rule] of (spec.validations ?? []).entries()) {
      const path = `spec.validations[${at}]`
      check({ fieldRef: `${path}.expression`, source: rule.expression })
      const { messageExpression = '' } = rule
      if (messageExpression !== '') {
        check({ fieldRef: `${path}.messageExpression`, source: messageExpression }, true)
      }
    }
  }
  return [...found].map(([fieldRef, texts]) => ({ fieldRef, warning: texts.join('\n') }))
}

function problemOf(compiled: Compiled): string | undefined {
  return 'problem' in compiled ? compiled.problem.replace(/^compilation failed: /, '') : undefined
}

function nameOf({ group, version, kind }: Kind): string {
  return `${group === '' ? version : `${group}/${version}`}, Kind=${kind}`
}

function schemaOf({ group, version, kind }: Kind): ValueType | undefined {
  const name = schemaTypeOf(group, version, kind)
  const struct = name === undefined ? undefined : typeSchema(name)
  return struct === undefined ? undefined : objectTypeOf(struct)
}

function paramTypeOf({ apiVersion = '', kind = '' }: ParamKind): ValueType {
  const [first = '', second] = apiVersion.split('/')
  const [group, version] = second === undefined ? ['', first] : [first, second]
  return schemaOf({ group, version, kind }) ?? dyn
}

/** Rules with wildcards name no kinds, and subresources have kinds of their own. */
function kindsOf(rules: readonly NamedRuleWithOperations[]): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    for (const group of apiGroups) {
      for (const version of apiVersions) {
        for (const resource of resources) {
          const type = typeNamed({ group, version, resource })
          if (type !== undefined) kinds.set(nameOf(type), type)
        }
      }
    }
  }
  return [...kinds.values()].slice(0, limits.kindsMax)
}

function typeNamed(wanted: Pick<ResourceType, 'group' | 'version' | 'resource'>): Kind | undefined {
  return Object.values<ResourceType<unknown>>(generated).find(
    ({ group, version, resource }) =>
      group === wanted.group && version === wanted.version && resource === wanted.resource,
  )
}
