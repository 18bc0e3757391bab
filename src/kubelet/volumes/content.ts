/**
 * The files of configMap, secret, downwardAPI and projected volumes.
 * Upstream: pkg/volume/{configmap,secret,downwardapi,projected}/*.go at v1.36.
 */
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { fieldValue, resourceValue } from '#kubelet/container/downward.ts'
import type { PodFacts } from '#kubelet/container/downward.ts'
import type { ConfigSource } from '#kubelet/container/environment.ts'
import type { FileContent, Payload } from './atomic-writer.ts'

export interface ServiceAccountToken {
  readonly token: string
  /** When it should be replaced. */
  readonly refreshAtMs: number
}

export interface ContentSources extends ConfigSource {
  /** A token for the pod's service account, bound to the pod. */
  token(pod: Pod, request: ServiceAccountTokenProjection): Promise<ServiceAccountToken>
}

export interface ContentInput extends PodFacts {
  readonly sources: ContentSources
}

export interface Content {
  readonly payload: Payload
  /** When the content must be made again, though nothing changed. */
  readonly refreshAtMs?: number | undefined
}

/** Whether the volume's files are written by the kubelet from objects of the API. */
export function isContentVolume(volume: Volume): boolean {
  return [volume.configMap, volume.secret, volume.downwardAPI, volume.projected].some(
    (source) => source !== undefined,
  )
}

/** Rejects with an Error that says what is missing. */
export async function volumeContent(volume: Volume, input: ContentInput): Promise<Content> {
  const { configMap, secret, downwardAPI, projected } = volume
  if (projected !== undefined) {
    return projectedContent(projected.sources ?? [], projected.defaultMode ?? 0o644, input)
  }
  if (configMap !== undefined) {
    return projectedContent([{ configMap }], configMap.defaultMode ?? 0o644, input)
  }
  if (secret !== undefined) {
    const { secretName, items, optional } = secret
    const source = {
      ...(secretName === undefined ? {} : { name: secretName }),
      ...(items === undefined ? {} : { items }),
      ...(optional === undefined ? {} : { optional }),
    }
    return projectedContent([{ secret: source }], secret.defaultMode ?? 0o644, input)
  }
  return projectedContent(
    [{ downwardAPI: downwardAPI ?? {} }],
    downwardAPI?.defaultMode ?? 0o644,
    input,
  )
}

async function projectedContent(
  projections: readonly VolumeProjection[],
  defaultMode: number,
  input: ContentInput,
): Promise<Content> {
  const payload = new Map<string, FileContent>()
  let refreshAtMs: number | undefined
  const loaded = await Promise.all(projections.map((each) => load(each, defaultMode, input)))
  for (const content of loaded) {
    for (const [path, file] of content.payload) payload.set(path, file)
    if (content.refreshAtMs !== undefined) {
      refreshAtMs = Math.min(refreshAtMs ?? Infinity, content.refreshAtMs)
    }
  }
  return { payload, refreshAtMs }
}

async function load(
  projection: VolumeProjection,
  defaultMode: number,
  input: ContentInput,
): Promise<Content> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection
  const namespace = input.pod.metadata.namespace ?? ''
  if (configMap !== undefined) {
    const { name = '' } = configMap
    const object = await optional(
      () => input.sources.configMap(namespace, name),
      configMap.optional,
    )
    return {
      payload: keyed(
        { ...configMap, what: 'configmap references non-existent config key:' },
        configData(object),
        defaultMode,
      ),
    }
  }
  if (secret !== undefined) {
    const { name = '' } = secret
    const object = await optional(() => input.sources.secret(namespace, name), secret.optional)
    return {
      payload: keyed(
        { ...secret, what: 'references non-existent secret key:' },
        binary(object?.data),
        defaultMode,
      ),
    }
  }
  if (downwardAPI !== undefined) {
    const files = (downwardAPI.items ?? []).map((item): [string, FileContent] => [
      item.path,
      { data: Buffer.from(downwardText(item, input)), mode: item.mode ?? defaultMode },
    ])
    return { payload: new Map(files) }
  }
  if (serviceAccountToken !== undefined) {
    return tokenContent(serviceAccountToken, defaultMode, input)
  }
  const kind = Object.keys(projection)[0] ?? 'nothing'
  throw new Error(`projected volume source "${kind}" is not supported`)
}

async function optional<T>(get: () => Promise<T>, isOptional = false): Promise<T | undefined> {
  try {
    return await get()
  } catch (error) {
    if (isOptional && isStatus(error, 'NotFound')) return undefined
    throw error
  }
}

function configData(
  object: { data?: Record<string, string>; binaryData?: Record<string, string> } = {},
): Map<string, Buffer> {
  const text = Object.entries(object.data ?? {}).map(([key, value]): [string, Buffer] => [
    key,
    Buffer.from(value),
  ])
  return new Map([...text, ...binary(object.binaryData)])
}

function binary(data: Readonly<Record<string, string>> = {}): Map<string, Buffer> {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}

interface Keyed {
  /** How an error about a missing key begins. */
  readonly what: string
  readonly items?: readonly KeyToPath[]
  readonly optional?: boolean
}

/** All keys under their names, or the chosen ones under theirs. */
function keyed(source: Keyed, data: ReadonlyMap<string, Buffer>, defaultMode: number): Payload {
  const { items = [] } = source
  if (items.length === 0) {
    return new Map([...data].map(([key, value]) => [key, { data: value, mode: defaultMode }]))
  }
  const payload = new Map<string, FileContent>()
  for (const { key, path, mode } of items) {
    const value = data.get(key)
    if (value !== undefined) payload.set(path, { data: value, mode: mode ?? defaultMode })
    else if (source.optional !== true) {
      throw new Error(`${source.what} ${key}`)
    }
  }
  return payload
}

function downwardText(item: DownwardAPIVolumeFile, input: ContentInput): string {
  if (item.fieldRef !== undefined) return fieldValue(item.fieldRef.fieldPath, input)
  if (item.resourceFieldRef !== undefined) return resourceValue(item.resourceFieldRef, input, '')
  return ''
}

/** A token is for the pod's user only, where the pod says who that is. */
async function tokenContent(
  request: ServiceAccountTokenProjection,
  defaultMode: number,
  input: ContentInput,
): Promise<Content> {
  const { token, refreshAtMs } = await input.sources.token(input.pod, request)
  const user = soleUser(input.pod)
  const narrow = user !== undefined || input.pod.spec.securityContext?.fsGroup !== undefined
  const file: FileContent = {
    data: Buffer.from(token),
    mode: narrow ? 0o600 : defaultMode,
    uid: user,
  }
  return { payload: new Map([[request.path, file]]), refreshAtMs }
}

/** The user that all containers run as, when they say so. Upstream: pkg/volume/util, FsUserFrom. */
function soleUser(pod: Pod): number | undefined {
  const fromPod = pod.spec.securityContext?.runAsUser
  const users = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
    ({ securityContext }) => securityContext?.runAsUser ?? fromPod,
  )
  const [first] = users
  return users.every((user) => user === first) ? first : undefined
}

/** The ConfigMaps and Secrets that a pod uses anywhere, by name. */
export function configReferences(pod: Pod): {
  configMaps: ReadonlySet<string>
  secrets: ReadonlySet<string>
} {
  const configMaps = new Set<string>()
  const secrets = new Set<string>()
  const add = (set: Set<string>, name: string | undefined): void => {
    if (name !== undefined && name !== '') set.add(name)
  }
  for (const { configMap, secret, projected } of pod.spec.volumes ?? []) {
    add(configMaps, configMap?.name)
    add(secrets, secret?.secretName)
    for (const source of projected?.sources ?? []) {
      add(configMaps, source.configMap?.name)
      add(secrets, source.secret?.name)
    }
  }
  const containers = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
    ...(pod.spec.ephemeralContainers ?? []),
  ]
  for (const { env = [], envFrom = [] } of containers) {
    for (const { valueFrom } of env) {
      add(configMaps, valueFrom?.configMapKeyRef?.name)
      add(secrets, valueFrom?.secretKeyRef?.name)
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add(configMaps, configMapRef?.name)
      add(secrets, secretRef?.name)
    }
  }
  for (const { name } of pod.spec.imagePullSecrets ?? []) add(secrets, name)
  return { configMaps, secrets }
}
