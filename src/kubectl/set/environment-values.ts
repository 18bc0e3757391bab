/** What variables stand for. Upstream: kubectl pkg/cmd/set/env/env_resolve.go. */
import { compareBytes, goQuote } from '#api/meta/go-quote.ts'
import { validateQualifiedName } from '#api/meta/names.ts'
import { parseQuantity, scaledValue, signOfQuantity } from '#api/meta/quantity.ts'
import { StatusError } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import type { Container, EnvVarSource, KeySelector, ResourceFieldSelector } from './pod-spec.ts'

/** `configmap settings, key mode`. */
export function referenceText(from: EnvVarSource): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = from
  if (configMapKeyRef !== undefined) {
    return `configmap ${configMapKeyRef.name ?? ''}, key ${configMapKeyRef.key}`
  }
  if (secretKeyRef !== undefined) {
    return `secret ${secretKeyRef.name ?? ''}, key ${secretKeyRef.key}`
  }
  if (fieldRef !== undefined) return `field path ${fieldRef.fieldPath}`
  if (resourceFieldRef === undefined) return 'invalid valueFrom'
  const { containerName = '', resource } = resourceFieldRef
  return `resource field ${containerName === '' ? '' : `${containerName}/`}${resource}`
}

/** Of one container; keeps what it fetched. */
export class References {
  readonly #call: Call
  readonly #object: KubeObject
  readonly #container: Container
  readonly #fetched = new Map<string, Promise<KubeObject>>()

  constructor(call: Call, object: KubeObject, container: Container) {
    this.#call = call
    this.#object = object
    this.#container = container
  }

  /** Rejects with CommandError when there is no such thing. */
  async value(from: EnvVarSource): Promise<string> {
    const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = from
    if (secretKeyRef !== undefined) {
      const text = await this.#key('Secret', secretKeyRef, 'secret')
      return Buffer.from(text, 'base64').toString()
    }
    if (configMapKeyRef !== undefined) {
      return await this.#key('ConfigMap', configMapKeyRef, 'config map')
    }
    if (fieldRef !== undefined) return fieldText(this.#object, fieldRef.fieldPath)
    if (resourceFieldRef !== undefined) return resourceText(this.#container, resourceFieldRef)
    throw new CommandError('invalid valueFrom')
  }

  async #key(kind: string, { name = '', key }: KeySelector, noun: string): Promise<string> {
    const id = `${kind}/${name}`
    const object = this.#fetched.get(id) ?? this.#fetch(kind, name)
    this.#fetched.set(id, object)
    const data = ((await object)['data'] ?? {}) as Readonly<Record<string, string>>
    const value = data[key]
    if (value === undefined) throw new CommandError(`key ${key} not found in ${noun} ${name}`)
    return value
  }

  async #fetch(kind: string, name: string): Promise<KubeObject> {
    const { factory } = this.#call
    const { namespace } = await factory.namespace()
    try {
      return await getObject(await factory.rest(), {
        mapping: localMapping('v1', kind),
        namespace,
        name,
      })
    } catch (error) {
      if (error instanceof StatusError) throw new CommandError(error.message)
      throw error
    }
  }
}

function fieldText({ metadata = {} }: KubeObject, path: string): string {
  const [, head, key] = /^(.+?)\['(.*)'\]$/s.exec(path) ?? []
  if (head !== undefined && key !== undefined) {
    const pairs = pairsAt(metadata, head)
    if (pairs === undefined) {
      throw new CommandError(`fieldPath ${goQuote(head)} does not support subscript`)
    }
    const checked = head === 'metadata.annotations' ? key.toLowerCase() : key
    const problems = validateQualifiedName(checked)
    if (problems.length > 0) {
      throw new CommandError(`invalid key subscript in ${path}: ${problems.join(';')}`)
    }
    return pairs[key] ?? ''
  }
  const pairs = pairsAt(metadata, path)
  if (pairs !== undefined) return pairsText(pairs)
  const texts = { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid }
  const [, name = ''] = /^metadata\.(name|namespace|uid)$/.exec(path) ?? []
  if (name === 'name' || name === 'namespace' || name === 'uid') return texts[name] ?? ''
  throw new CommandError(`unsupported fieldPath: ${path}`)
}

function pairsAt(
  { labels = {}, annotations = {} }: NonNullable<KubeObject['metadata']>,
  path: string,
): Readonly<Record<string, string>> | undefined {
  return { 'metadata.labels': labels, 'metadata.annotations': annotations }[path]
}

function pairsText(pairs: Readonly<Record<string, string>>): string {
  const keys = Object.keys(pairs).sort(compareBytes)
  return keys.map((key) => `${key}=${goQuote(pairs[key] ?? '')}`).join('\n')
}

const standard = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/

function resourceText(
  { resources }: Container,
  { resource, divisor = '0' }: ResourceFieldSelector,
): string {
  const [, list, name = ''] = standard.exec(resource) ?? []
  if (list !== 'limits' && list !== 'requests') {
    throw new CommandError(`Unsupported container resource : ${resource}`)
  }
  // Parts of a CPU count by the thousandth, bytes by the whole.
  const scale = name === 'cpu' ? -3 : 0
  const unit = signOfQuantity(divisor) === 0 ? '1' : divisor
  const amount = scaledValue(parseQuantity(resources?.[list]?.[name] ?? '0'), scale)
  const by = scaledValue(parseQuantity(unit), scale)
  return String((amount + by - 1n) / by)
}
