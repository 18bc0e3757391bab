/** `pods.spec.containers`: the resource that is meant and the path to a field. Upstream: kubectl pkg/explain/explain.go. */
import { JsonPathError, parseJsonPath } from '#api/json-path/parse.ts'
import type { Step } from '#api/json-path/parse.ts'
import type { Mapper, Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError, PlainError } from '#kubectl/errors.ts'

export interface Explained {
  readonly mapping: Mapping
  readonly fields: readonly string[]
}

const notOnlyFields = {
  first: 'invalid jsonpath syntax, first node must be field node',
  all: 'invalid jsonpath syntax, all nodes must be field nodes',
} as const

/** The group may follow the resource: `deployments.apps.spec`. */
export async function explainedWithGroup(word: string, mapper: Mapper): Promise<Explained> {
  const [resource, ...rest] = stepsOf(word)
  const mappings = await mappingsOf(mapper, resource)
  const named = mappings.find((mapping) => word.startsWith(groupResource(mapping)))
  if (named !== undefined) {
    const suffix = word.slice(groupResource(named).length)
    const fields = suffix === '' ? [] : fieldsOf(stepsOf(suffix).slice(1), 'first')
    return { mapping: named, fields }
  }
  return { mapping: mappings[0], fields: fieldsOf(rest, 'first') }
}

/** With `--api-version`, all that follows the resource is fields. */
export async function explained(word: string, mapper: Mapper): Promise<Explained> {
  const [resource, ...rest] = stepsOf(word)
  const [mapping] = await mappingsOf(mapper, resource)
  return { mapping, fields: fieldsOf(rest, 'all') }
}

function groupResource({ group, resource }: Mapping): string {
  return group === '' ? resource : `${resource}.${group}`
}

function stepsOf(word: string): readonly Step[] {
  try {
    const [action, more] = parseJsonPath(`{.${word.replace(/\.$/, '')}}`)
    if (action?.type !== 'path' || more !== undefined) {
      throw new CommandError('must pass in 1 jsonpath string')
    }
    return action.steps
  } catch (error) {
    if (error instanceof JsonPathError) throw new CommandError(error.message)
    throw error
  }
}

function fieldsOf(steps: readonly Step[], which: keyof typeof notOnlyFields): readonly string[] {
  return steps.map((step) => {
    if (step.type !== 'field') throw new CommandError(notOnlyFields[which])
    return step.name
  })
}

type AtLeastOne = readonly [Mapping, ...Mapping[]]

async function mappingsOf(mapper: Mapper, first: Step | undefined): Promise<AtLeastOne> {
  const [word = ''] = fieldsOf(first === undefined ? [] : [first], 'first')
  if (word === '') throw new CommandError('a resource must be present, got: /, Resource=')
  const [mapping, ...more] = await mapper.mappingsFor(word)
  if (mapping !== undefined) return [mapping, ...more]
  throw new PlainError(`the server doesn't have a resource type ${JSON.stringify(word)}`)
}
