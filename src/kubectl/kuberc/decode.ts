/** Preferences as YAML has them. Upstream: kubectl pkg/kuberc/marshal.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { PreferencesError } from './preferences.ts'
import type { Alias, Defaults, OptionDefault, Preferences } from './preferences.ts'

export const apiVersions: readonly string[] = [
  'kubectl.config.k8s.io/v1beta1',
  'kubectl.config.k8s.io/v1alpha1',
]

const knownFields = [
  'apiVersion',
  'kind',
  'aliases',
  'defaults',
  'credentialPluginPolicy',
  'credentialPluginAllowlist',
]

export interface Decoded {
  readonly preferences: Preferences | undefined
  readonly unknown: readonly string[]
}

/** The first document of a known version. Throws PreferencesError when there is none. */
export function decodePreferences(text: string, path: string): Decoded {
  const documents = text.split(/^---(?:[ \t].*)?$/m).filter((part) => part.trim() !== '')
  if (documents.length === 0) return { preferences: undefined, unknown: [] }
  for (const document of documents) {
    const value = parsed(document)
    if (!isMapping(value) || value['kind'] !== 'Preference') continue
    if (!apiVersions.includes(textOf(value['apiVersion']))) continue
    const unknown = Object.keys(value)
      .filter((key) => !knownFields.includes(key))
      .sort(compareBytes)
    return { preferences: preferencesOf(value), unknown }
  }
  throw new PreferencesError(`no valid preferences found in ${path}, use --v=5 to see details`)
}

function parsed(document: string): unknown {
  try {
    return parseYaml(document)
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

function preferencesOf(value: Json): Preferences {
  return {
    defaults: mappings(value['defaults']).map(defaultsOf),
    aliases: mappings(value['aliases']).map(aliasOf),
    credentialPluginPolicy: textOf(value['credentialPluginPolicy']),
    credentialPluginAllowlist: mappings(value['credentialPluginAllowlist']).map((entry) => ({
      command: textOf(entry['command'] ?? entry['name']),
    })),
  }
}

function defaultsOf(value: Json): Defaults {
  return { command: textOf(value['command']), options: optionsOf(value['options']) }
}

function aliasOf(value: Json): Alias {
  return {
    name: textOf(value['name']),
    command: textOf(value['command']),
    prependArgs: texts(value['prependArgs']),
    appendArgs: texts(value['appendArgs']),
    options: optionsOf(value['options']),
  }
}

function optionsOf(value: unknown): readonly OptionDefault[] {
  return mappings(value).map((option) => ({
    name: textOf(option['name']),
    default: textOf(option['default']),
  }))
}

function mappings(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isMapping) : []
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
