/**
 * Kubeconfig files, found and merged as client-go does. Upstream: client-go tools/clientcmd/loader.go.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { KubeconfigCluster, KubeconfigUser } from '#client/kubeconfig.ts'
import { CommandError } from '#kubectl/errors.ts'

export interface KubeconfigContext {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

export interface ExecConfig {
  readonly apiVersion?: string
  readonly command?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly provideClusterInfo?: boolean
  readonly interactiveMode?: string
}

export type UserEntry = Omit<KubeconfigUser, 'exec'> & {
  readonly exec?: ExecConfig
  readonly 'as-uid'?: string
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>
}

export type ClusterEntry = KubeconfigCluster & {
  readonly 'disable-compression'?: boolean
  readonly extensions?: readonly { readonly name: string; readonly extension: unknown }[]
}

/** An entry and the file that has it. */
export interface Located<T> {
  readonly value: T
  readonly file: string
}

/** Lists by name, each name once: of the first file that has it. */
export interface MergedKubeconfig {
  readonly currentContext: string
  readonly clusters: ReadonlyMap<string, Located<ClusterEntry>>
  readonly users: ReadonlyMap<string, Located<UserEntry>>
  readonly contexts: ReadonlyMap<string, Located<KubeconfigContext>>
  readonly preferences: unknown
  readonly extensions: unknown
  /** Those that exist, in order. */
  readonly files: readonly string[]
}

export interface KubeconfigPaths {
  /** `--kubeconfig`: this file alone, and it must exist. */
  readonly explicit: string | undefined
  /** Otherwise: `$KUBECONFIG`, or `$HOME/.kube/config`. */
  readonly search: readonly string[]
}

export function kubeconfigPaths(
  explicit: string,
  env: Readonly<Record<string, string | undefined>>,
): KubeconfigPaths {
  const list = (env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '')
  const search = list.length > 0 ? [...new Set(list)] : [join(env['HOME'] ?? '', '.kube', 'config')]
  return { explicit: explicit === '' ? undefined : explicit, search }
}

export async function loadKubeconfig(
  paths: KubeconfigPaths,
  options: { readonly mayBeMissing?: boolean } = {},
): Promise<MergedKubeconfig> {
  if (paths.explicit !== undefined && options.mayBeMissing !== true) mustExist(paths.explicit)
  const candidates = paths.explicit === undefined ? paths.search : [paths.explicit]
  const texts: [string, string][] = []
  for (const path of candidates) {
    const text = readIfThere(path)
    if (text !== undefined) texts.push([path, text])
  }
  if (texts.length === 0) return merge([])
  const { parseYaml, YamlError } = await import('#api/yaml.ts')
  const configs = texts.map(([file, text]) => {
    try {
      return { file, config: asMapping(parseYaml(text)) }
    } catch (error) {
      if (!(error instanceof YamlError)) throw error
      throw new CommandError(`error loading config file ${JSON.stringify(file)}: ${error.message}`)
    }
  })
  return merge(configs)
}

function mustExist(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new CommandError(`stat ${path}: no such file or directory`)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const why = { EACCES: 'permission denied', EISDIR: 'is a directory' }[code ?? ''] ?? code
    const verb = code === 'EISDIR' ? 'read' : 'open'
    throw new CommandError(
      `error loading config file ${JSON.stringify(path)}: ${verb} ${path}: ${why}`,
    )
  }
}

type Mapping = Readonly<Record<string, unknown>>

function asMapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : {}
}

function merge(
  configs: readonly { readonly file: string; readonly config: Mapping }[],
): MergedKubeconfig {
  const list = <T>(section: string, key: string): Map<string, Located<T>> => {
    const found = new Map<string, Located<T>>()
    for (const { file, config } of configs) {
      const items = (config[section] ?? []) as readonly Mapping[]
      for (const item of items) {
        const name = textOf(item['name'])
        if (!found.has(name)) found.set(name, { value: (item[key] ?? {}) as T, file })
      }
    }
    return found
  }
  const first = (key: string): unknown =>
    configs.map(({ config }) => config[key]).find((value) => value !== undefined && value !== '')
  return {
    currentContext: textOf(first('current-context')),
    clusters: list<ClusterEntry>('clusters', 'cluster'),
    users: list<UserEntry>('users', 'user'),
    contexts: list<KubeconfigContext>('contexts', 'context'),
    preferences: first('preferences'),
    extensions: first('extensions'),
    files: configs.map(({ file }) => file),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** A path in a kubeconfig is relative to the file. */
export function pathIn(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}
