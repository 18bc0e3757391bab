/**
 * An AdmissionConfiguration: each plugin's configuration, in it or in a file that it names.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/config.go, v1.36.
 */
import { dirname, resolve } from 'node:path'
import {
  anything,
  ConfigError,
  decodeConfigValue,
  listOf,
  mapOf,
  struct,
  text,
} from '#api/config-type.ts'
import { DecodeError, decodeValue, strictDecodingMessage } from '#api/decode.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'
import type { AdmissionConfigurations } from '#apiserver/admission/configurations.ts'
import { decodeEventLimits } from '#apiserver/admission/event-rate-limit/configuration.ts'
import { decodeImagePolicy } from '#apiserver/admission/image-policy/configuration.ts'
import type { NodeSelectors } from '#apiserver/admission/pod-node-selector.ts'
import { decodePodSecurity } from '#apiserver/admission/pod-security/configuration.ts'
import { decodePodTolerations } from '#apiserver/admission/pod-tolerations/configuration.ts'
import { decodeLimitedResources } from '#apiserver/admission/quota/configuration.ts'
import { decodeWebhookAdmission } from '#apiserver/admission/webhooks/configuration.ts'
import { credentialsByName } from '#apiserver/admission/webhooks/credentials.ts'
import type { CredentialsFor } from '#apiserver/admission/webhooks/credentials.ts'
import { UserError } from '#base/user-error.ts'
import { loadKubeconfigUsers } from '#client/kubeconfig.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
import { read } from './read-file.ts'

interface PluginEntry {
  readonly name?: string
  readonly path?: string
  readonly configuration?: unknown
}

const kind = {
  kind: 'AdmissionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'],
  type: struct('v1.AdmissionConfiguration', {
    plugins: listOf(
      struct('v1.AdmissionPluginConfiguration', {
        name: text,
        path: text,
        configuration: anything,
      }),
    ),
  }),
}

type Decode = (value: unknown) => AdmissionConfigurations | Promise<AdmissionConfigurations>

/** The plugins that take a configuration. */
const decoders: Readonly<Record<string, Decode>> = {
  EventRateLimit: (value) => ({ eventRateLimit: decodeEventLimits(value) }),
  ImagePolicyWebhook: async (value) => ({
    imagePolicyWebhook: await decodeImagePolicy(value, (path) =>
      connectByKubeconfig('admission plugin "ImagePolicyWebhook"', path),
    ),
  }),
  PodNodeSelector: (value) => ({ podNodeSelector: decodeNodeSelectors(value) }),
  PodTolerationRestriction: (value) => ({ podTolerationRestriction: decodePodTolerations(value) }),
  PodSecurity: (value) => ({ podSecurity: decodePodSecurity(value) }),
  ResourceQuota: (value) => ({ resourceQuota: decodeLimitedResources(value) }),
  MutatingAdmissionWebhook: async (value) => ({
    mutatingWebhooks: await credentialsIn(value, 'MutatingAdmissionWebhook'),
  }),
  ValidatingAdmissionWebhook: async (value) => ({
    validatingWebhooks: await credentialsIn(value, 'ValidatingAdmissionWebhook'),
  }),
}

/** The plugins whose files may stand in the place of the whole, as long ago. */
const olderFiles: Readonly<Record<string, string>> = {
  imagePolicy: 'ImagePolicyWebhook',
  podNodeSelectorPluginConfig: 'PodNodeSelector',
}

/** Throws UserError that names the file or the plugin. */
export async function decodeAdmissionConfig(
  path: string,
  document: string,
): Promise<AdmissionConfigurations> {
  let configurations: AdmissionConfigurations = {}
  const entries = await orRefuse(path, () => entriesOf(parseYaml(document)))
  for (const entry of entries) {
    configurations = { ...configurations, ...(await decodePlugin(entry, dirname(path))) }
  }
  return configurations
}

function entriesOf(value: unknown): readonly PluginEntry[] {
  const head = (value ?? {}) as Readonly<Record<string, unknown>>
  const older = Object.entries(olderFiles).filter(([key]) => key in head)
  if (head['kind'] === undefined && older.length > 0) {
    return older.map(([, name]) => ({ name, configuration: value }))
  }
  return decodeConfigValue<{ plugins?: readonly PluginEntry[] }>(value, kind).plugins ?? []
}

async function decodePlugin(
  { name = '', path = '', configuration }: PluginEntry,
  folder: string,
): Promise<AdmissionConfigurations> {
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (decode === undefined) {
    throw new UserError(`admission plugin ${JSON.stringify(name)} takes no configuration`)
  }
  const file = path === '' ? undefined : resolve(folder, path)
  const value = configuration ?? (file === undefined ? undefined : await parsed(name, file))
  if (value === undefined) return {}
  try {
    return await decode(value)
  } catch (error) {
    if (!isAboutContent(error)) throw error
    throw initFailure(name, error.message)
  }
}

async function parsed(name: string, path: string): Promise<unknown> {
  const document = await read('admission-control-config-file', path)
  try {
    return parseYaml(document)
  } catch (error) {
    if (!isAboutContent(error)) throw error
    throw initFailure(name, error.message)
  }
}

async function orRefuse<T>(path: string, decode: () => T): Promise<T> {
  try {
    return decode()
  } catch (error) {
    if (!isAboutContent(error)) throw error
    throw new UserError(
      `unable to read admission control configuration from ${JSON.stringify(path)} [${error.message}]`,
    )
  }
}

function isAboutContent(error: unknown): error is Error {
  return [ConfigError, DecodeError, YamlError].some((kindOf) => error instanceof kindOf)
}

const nodeSelectorType = struct('podnodeselector.pluginConfig', {
  podNodeSelectorPluginConfig: mapOf(text),
})

function decodeNodeSelectors(value: unknown): NodeSelectors {
  const { object, problems } = decodeValue<{ podNodeSelectorPluginConfig?: NodeSelectors }>(
    nodeSelectorType,
    value,
  )
  if (problems.length > 0) throw new ConfigError(strictDecodingMessage(problems))
  return object.podNodeSelectorPluginConfig ?? {}
}

async function credentialsIn(value: unknown, plugin: string): Promise<CredentialsFor> {
  const path = decodeWebhookAdmission(value, plugin)
  const users = await loadKubeconfigUsers(path).catch((error: Error) => {
    throw initFailure(plugin, error.message)
  })
  return credentialsByName(users)
}
