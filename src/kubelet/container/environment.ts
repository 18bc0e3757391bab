/**
 * A container's environment, from all its sources.
 * Upstream: pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables, at v1.36.
 */
import type {
  ConfigMap,
  Container,
  EnvFromSource,
  EnvVarSource,
  Secret,
  Service,
} from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { fieldValue, resourceValue } from './downward.ts'
import type { PodFacts } from './downward.ts'
import { expand } from './expand.ts'
import { serviceEnvironment, visibleServices } from './service-environment.ts'

/** Where ConfigMaps and Secrets come from; both throw StatusError NotFound. */
export interface ConfigSource {
  configMap(namespace: string, name: string): Promise<ConfigMap>
  secret(namespace: string, name: string): Promise<Secret>
}

export interface EnvironmentInput extends PodFacts {
  readonly container: Container
  readonly services: readonly Service[]
  readonly source: ConfigSource
}

export interface Environment {
  readonly variables: ReadonlyMap<string, string>
  /** Texts of warnings: names that are no variable names. */
  readonly skipped: readonly string[]
}

/** Rejects with an Error whose message says what is missing. */
export async function environment(input: EnvironmentInput): Promise<Environment> {
  const { pod, container } = input
  const namespace = pod.metadata.namespace ?? ''
  const links = pod.spec.enableServiceLinks ?? true
  const services = serviceEnvironment(visibleServices(input.services, namespace, links))
  const variables = new Map<string, string>()
  const skipped: string[] = []
  for (const from of container.envFrom ?? []) {
    skipped.push(...(await addFrom(variables, from, namespace, input.source)))
  }
  const lookup = (name: string): string | undefined => variables.get(name) ?? services.get(name)
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value !== undefined && value !== '') variables.set(name, expand(value, lookup))
    else if (valueFrom === undefined) variables.set(name, '')
    else {
      const found = await valueOf(valueFrom, input)
      if (found !== undefined) variables.set(name, found)
    }
  }
  for (const [name, value] of services) if (!variables.has(name)) variables.set(name, value)
  return { variables, skipped }
}

async function addFrom(
  variables: Map<string, string>,
  from: EnvFromSource,
  namespace: string,
  source: ConfigSource,
): Promise<readonly string[]> {
  const { configMapRef, secretRef, prefix = '' } = from
  const reference = configMapRef ?? secretRef
  if (reference === undefined) return []
  const name = reference.name ?? ''
  const load = async (): Promise<Iterable<[string, string]>> =>
    configMapRef === undefined
      ? decoded((await source.secret(namespace, name)).data)
      : Object.entries((await source.configMap(namespace, name)).data ?? {})
  const entries = await optional(load, reference.optional)
  const invalid: string[] = []
  for (const [key, value] of entries ?? []) {
    const variable = prefix + key
    if (isVariableName(variable)) variables.set(variable, value)
    else invalid.push(variable)
  }
  if (invalid.length === 0) return []
  const kind = configMapRef === undefined ? 'secret' : 'configMap'
  const keys = invalid.sort().join(', ')
  return [
    `Keys [${keys}] from the EnvFrom ${kind} ${namespace}/${name} were skipped since they are considered invalid environment variable names.`,
  ]
}

/** Any printable ASCII but `=`, as upstream allows since RelaxedEnvironmentVariableValidation. */
function isVariableName(name: string): boolean {
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(name)
}

/** Undefined when an optional source is not there. */
async function valueOf(from: EnvVarSource, input: EnvironmentInput): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from
  const namespace = input.pod.metadata.namespace ?? ''
  if (fieldRef !== undefined) return fieldValue(fieldRef.fieldPath, input)
  if (resourceFieldRef !== undefined) {
    return resourceValue(resourceFieldRef, input, input.container.name)
  }
  if (configMapKeyRef !== undefined) {
    const { name = '', key, optional: isOptional } = configMapKeyRef
    const map = await optional(() => input.source.configMap(namespace, name), isOptional)
    const value = map?.data?.[key]
    if (value === undefined && isOptional !== true) {
      throw new Error(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
    }
    return value
  }
  if (secretKeyRef !== undefined) {
    const { name = '', key, optional: isOptional } = secretKeyRef
    const secret = await optional(() => input.source.secret(namespace, name), isOptional)
    const value = secret?.data?.[key]
    if (value === undefined && isOptional !== true) {
      throw new Error(`couldn't find key ${key} in Secret ${namespace}/${name}`)
    }
    return value === undefined ? undefined : fromBase64(value)
  }
  throw new Error('environment variables from files (fileKeyRef) are not supported')
}

async function optional<T>(load: () => Promise<T>, isOptional = false): Promise<T | undefined> {
  try {
    return await load()
  } catch (error) {
    if (isOptional && isStatus(error, 'NotFound')) return undefined
    throw error
  }
}

function decoded(data: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(data).map(([key, value]) => [key, fromBase64(value)])
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
