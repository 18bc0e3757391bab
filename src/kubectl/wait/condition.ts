/** What `kubectl wait --for` waits for. Upstream: kubectl pkg/cmd/wait/{wait,condition,json}.go. */
import { findResults } from '#api/json-path/evaluate.ts'
import { goText } from '#api/json-path/go-text.ts'
import { JsonPathError, parseJsonPath, relaxedPath } from '#api/json-path/parse.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export type Condition =
  | { readonly type: 'delete' }
  | { readonly type: 'create' }
  | { readonly type: 'met'; readonly isMet: (object: KubeObject) => boolean }

/** Throws CommandError for what is no condition. */
export function parseCondition(texts: readonly string[]): Condition {
  const [text] = texts
  if (text === undefined) throw new CommandError(`unrecognized condition: []`)
  const word = text.toLowerCase()
  if (word === 'delete') return { type: 'delete' }
  if (word === 'create') return { type: 'create' }
  if (text.startsWith('condition=')) return conditionOf(text.slice('condition='.length))
  if (text.startsWith('jsonpath=')) return pathOf(text, texts)
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`)
}

interface StatusCondition {
  readonly type: string
  readonly status?: string
  readonly observedGeneration?: number
}

/** `Available`, `Available=False`; a status of an older generation does not count. */
function conditionOf(text: string): Condition {
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).toLowerCase()
  const wanted = (equals < 0 ? 'true' : text.slice(equals + 1)).toLowerCase()
  return {
    type: 'met',
    isMet(object) {
      const status = object['status'] as
        | { conditions?: readonly StatusCondition[]; observedGeneration?: number }
        | undefined
      const found = status?.conditions?.find(({ type }) => type.toLowerCase() === name)
      if (found === undefined) return false
      const generation = object.metadata?.generation
      const observed = found.observedGeneration ?? status?.observedGeneration
      if (generation !== undefined && observed !== undefined && observed < generation) return false
      return (found.status ?? '').toLowerCase() === wanted
    },
  }
}

function pathOf(text: string, texts: readonly string[]): Condition {
  const { path, value } = splitPath(text.slice('jsonpath='.length), texts)
  const actions = parsed(path)
  return {
    type: 'met',
    isMet(object) {
      const results = findResults(actions, object, { allowMissingKeys: true })
      const [values = []] = results
      if (values.length === 0) return false
      if (value === undefined) return true
      if (values.length > 1) {
        throw new CommandError('given jsonpath expression matches more than one value')
      }
      const [found] = values
      if (typeof found === 'object' && found !== null) {
        throw new CommandError('jsonpath leads to a nested object or list which is not supported')
      }
      return goText(found).trim() === value
    },
  }
}

/** `{.status.phase}=Running`: the first `=` after the closing brace. */
function splitPath(
  text: string,
  texts: readonly string[],
): { readonly path: string; readonly value: string | undefined } {
  const brace = text.lastIndexOf('}')
  const equals = text.indexOf('=', brace < 0 ? 0 : brace)
  const path = equals < 0 ? text : text.slice(0, equals)
  const value = equals < 0 ? undefined : text.slice(equals + 1).replace(/^(["'])(.*)\1$/, '$2')
  if (path === '') throw new CommandError('jsonpath expression cannot be empty')
  if (value === '') {
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    )
  }
  if (texts.length > 1) throw new CommandError('only one --for is supported by this kubectl yet')
  return { path, value }
}

function parsed(path: string) {
  try {
    return parseJsonPath(relaxedPath(path))
  } catch (error) {
    if (error instanceof JsonPathError) throw new CommandError(error.message)
    throw error
  }
}
