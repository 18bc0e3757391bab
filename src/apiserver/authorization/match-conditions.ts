/**
 * Which requests a webhook is asked about: all of its conditions must hold.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authorization/cel/{compile,matcher}.go, v1.36.
 */
import type { SubjectAccessReviewSpec } from '#api/authorization/v1.gen.ts'
import { compile } from '#cel/compile.ts'
import type { Program } from '#cel/compile.ts'
import { bool, listOf, mapOf, objectOf, string } from '#cel/value-type.ts'
import type { ValueType } from '#cel/value-type.ts'

const requirement = objectOf('Requirement', {
  key: string,
  operator: string,
  values: listOf(string),
})
const selector = objectOf('Selector', { rawSelector: string, requirements: listOf(requirement) })

const resourceFields = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']
const strings = (names: readonly string[]): Record<string, ValueType> =>
  Object.fromEntries(names.map((name) => [name, string]))

const request = objectOf('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: objectOf('kubernetes.ResourceAttributes', {
    ...strings(resourceFields),
    fieldSelector: selector,
    labelSelector: selector,
  }),
  nonResourceAttributes: objectOf('kubernetes.NonResourceAttributes', strings(['path', 'verb'])),
  user: string,
  groups: listOf(string),
  extra: mapOf(string, listOf(string)),
  uid: string,
})

/** Throws an Error when an expression cannot be compiled, or is none of true and false. */
export function conditionsOf(
  expressions: readonly string[],
): (spec: SubjectAccessReviewSpec) => boolean {
  const programs = expressions.map(compileOne)
  return (spec) => holdAll(programs, { request: shown(spec) })
}

function compileOne(expression: string): Program {
  const compiled = compile(expression, { variables: { request } })
  if (!compiled.ok) throw new Error(`compilation failed: ${compiled.problems}`)
  if (compiled.program.type.kind === bool.kind) return compiled.program
  throw new Error('must evaluate to bool')
}

/** One that does not hold outweighs those that cannot be told. */
function holdAll(programs: readonly Program[], variables: Record<string, unknown>): boolean {
  const problems: string[] = []
  for (const program of programs) {
    const outcome = program.evaluate(variables)
    if (!outcome.ok) problems.push(outcome.message)
    else if (outcome.value !== true) return false
  }
  if (problems.length > 0) throw new Error(`cel evaluation error: ${problems.join(', ')}`)
  return true
}

/** Strings are there though they are empty, as in Go. */
function shown(spec: SubjectAccessReviewSpec): object {
  const { resourceAttributes, nonResourceAttributes, ...user } = spec
  const empty = Object.fromEntries(resourceFields.map((name) => [name, '']))
  return {
    user: '',
    uid: '',
    groups: [],
    extra: {},
    ...user,
    ...(resourceAttributes !== undefined && {
      resourceAttributes: { ...empty, ...resourceAttributes },
    }),
    ...(nonResourceAttributes !== undefined && {
      nonResourceAttributes: { path: '', verb: '', ...nonResourceAttributes },
    }),
  }
}
