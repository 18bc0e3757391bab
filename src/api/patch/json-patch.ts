/**
 * JSON patch, RFC 6902, with the leniencies and messages of what the API server uses.
 * Upstream: gopkg.in/evanphx/json-patch.v4, patch.go; apiserver endpoints/handlers/patch.go.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import { equalJson, isObject, PatchError, setKey, type Json } from './patch-error.ts'

/** Upstream's limit. */
const operationsMax = 10_000

type Container = Json | unknown[]

/** A container and the key or index in it that a path ends with. */
interface Place {
  readonly container: Container
  readonly key: string
}

/**
 * `original` after all operations. The result shares with `original` what did not change. Throws
 * {@link PatchError}.
 */
export function applyJsonPatch(original: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) {
    throw new PatchError(
      'malformed',
      `json: cannot unmarshal ${isObject(patch) ? 'object' : typeof patch} into Go value of type jsonpatch.Patch`,
    )
  }
  if (patch.length > operationsMax) {
    throw new PatchError(
      'tooLarge',
      `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`,
    )
  }
  const document = new Document(original)
  for (const operation of patch) document.apply(operation)
  return document.root as Json
}

function inapplicable(message: string): never {
  throw new PatchError('inapplicable', message)
}

/** Changes copies: each container is copied when it is first changed. */
class Document {
  #root: Container
  readonly #owned = new Set<Container>()

  constructor(root: Json) {
    this.#root = root
  }

  get root(): Container {
    return this.#root
  }

  apply(operation: unknown): void {
    if (!isObject(operation)) {
      throw new PatchError(
        'malformed',
        `json: cannot unmarshal ${typeof operation} into Go value of type jsonpatch.Operation`,
      )
    }
    const { op, value = null } = operation
    switch (op) {
      case 'add':
        return this.#add(stringField(operation, 'path'), structuredClone(value))
      case 'remove':
        return this.#remove(stringField(operation, 'path'))
      case 'replace':
        return this.#replace(stringField(operation, 'path'), structuredClone(value))
      case 'move':
        return this.#move(stringField(operation, 'from'), stringField(operation, 'path'))
      case 'copy':
        return this.#copy(stringField(operation, 'from'), stringField(operation, 'path'))
      case 'test':
        return this.#test(stringField(operation, 'path'), value)
      default:
        return inapplicable(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`)
    }
  }

  #add(path: string, value: unknown): void {
    const found = this.#own(path)
    if (found === undefined) {
      inapplicable(
        `add operation does not apply: doc is missing path: ${goQuote(path)}: missing value`,
      )
    }
    const { container, key } = found
    if (!Array.isArray(container)) return setKey(container, key, value)
    if (key === '-') {
      container.push(value)
      return
    }
    container.splice(indexIn(key, container.length + 1, path, 'add'), 0, value)
  }

  #remove(path: string): void {
    const found = this.#own(path)
    if (found === undefined) {
      inapplicable(
        `remove operation does not apply: doc is missing path: ${goQuote(path)}: missing value`,
      )
    }
    this.#take(found, path, 'remove')
  }

  #take({ container, key }: Place, path: string, operation: 'move' | 'remove'): void {
    if (Array.isArray(container)) {
      container.splice(indexIn(key, container.length, path, operation), 1)
      return
    }
    if (!Object.hasOwn(container, key)) {
      inapplicable(
        `error in ${operation} for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
      )
    }
    delete container[key]
  }

  #replace(path: string, value: unknown): void {
    if (path === '') {
      if (!isObject(value) && !Array.isArray(value)) {
        inapplicable('replace operation hit index out of bounds')
      }
      this.#root = value
      return
    }
    const found = this.#own(path)
    if (found === undefined) {
      inapplicable(`replace operation does not apply: doc is missing path: ${path}: missing value`)
    }
    const { container, key } = found
    if (Array.isArray(container)) {
      container[indexIn(key, container.length, path, 'replace')] = value
      return
    }
    setKey(container, key, value) // upstream's library does not mind when there was none
  }

  #move(from: string, path: string): void {
    const found = this.#own(from)
    if (found === undefined) {
      inapplicable(
        `move operation does not apply: doc is missing from path: ${from}: missing value`,
      )
    }
    const value = get(found.container, found.key)
    this.#take(found, found.key, 'move')
    this.#add(path, value)
  }

  #copy(from: string, path: string): void {
    const found = this.#find(from)
    if (found === undefined) {
      inapplicable(
        `copy operation does not apply: doc is missing from path: ${from}: missing value`,
      )
    }
    this.#add(path, structuredClone(get(found.container, found.key) ?? null))
  }

  #test(path: string, value: unknown): void {
    if (path === '') {
      if (equalJson(this.#root, value)) return
      inapplicable(`testing value ${path} failed: test failed`)
    }
    const found = this.#find(path)
    if (found === undefined) {
      inapplicable(`test operation does not apply: is missing path: ${path}: missing value`)
    }
    const present = get(found.container, found.key)
    if (present === undefined && value !== null) {
      if (Array.isArray(found.container)) indexIn(found.key, found.container.length, path, 'test')
      inapplicable(`testing value ${path} failed: test failed`)
    }
    if (!equalJson(present ?? null, value))
      inapplicable(`testing value ${path} failed: test failed`)
  }

  /** The container that `path` ends in and the last key, or undefined when there is none. */
  #find(path: string): Place | undefined {
    const keys = path.split('/').map(unescape)
    if (keys.length < 2) return undefined
    let container: unknown = this.#root
    for (const key of keys.slice(1, -1)) {
      container = get(container as Container, key)
      if (typeof container !== 'object' || container === null) return undefined
    }
    return { container: container as Container, key: keys.at(-1) as string }
  }

  /** As `#find`, with every container on the way copied so that it may be changed. */
  #own(path: string): Place | undefined {
    const found = this.#find(path)
    if (found === undefined) return undefined
    const keys = path.split('/').map(unescape)
    this.#root = this.#owning(this.#root)
    let container = this.#root
    for (const key of keys.slice(1, -1)) {
      const child = this.#owning(get(container, key) as Container)
      if (Array.isArray(container)) container[offset(container, key) as number] = child
      else setKey(container, key, child)
      container = child
    }
    return { container, key: found.key }
  }

  #owning(container: Container): Container {
    if (this.#owned.has(container)) return container
    const copy = Array.isArray(container) ? [...container] : { ...container }
    this.#owned.add(copy)
    return copy
  }
}

function stringField(operation: Json, field: 'path' | 'from'): string {
  const value = operation[field]
  if (typeof value === 'string') return value
  return inapplicable(
    `${String(operation['op'] as string)} operation failed to decode ${field}: missing value`,
  )
}

function unescape(part: string): string {
  return part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part
}

function get(container: Container, key: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined
  const at = offset(container, key)
  return at === undefined ? undefined : container[at]
}

/** Negative indexes count from the end, as upstream takes them. */
function offset(container: readonly unknown[], key: string): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined
  const index = Number(key)
  const at = index < 0 ? index + container.length : index
  return at >= 0 && at < container.length ? at : undefined
}

function indexIn(key: string, size: number, path: string, operation: string): number {
  const numeric = /^[-+]?\d+$/.test(key)
  const index = Number(key)
  const at = index < 0 ? index + size : index
  if (numeric && at >= 0 && at < size) return at
  if (operation === 'replace') {
    inapplicable(`replace operation does not apply: doc is missing key: ${path}: missing value`)
  }
  const problem = numeric
    ? `Unable to access invalid index: ${index}: invalid index referenced`
    : `value was not a proper array index: '${key}': strconv.Atoi: parsing ${goQuote(key)}: invalid syntax`
  return inapplicable(`error in ${operation} for path: '${path}': ${problem}`)
}
