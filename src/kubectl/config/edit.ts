/**
 * Changes kubeconfig files: an entry in the file that has it, a new one in the first file that exists.
 * Upstream: client-go tools/clientcmd/config.go, ModifyConfig.
 */
import {
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { formatYaml, parseYaml } from '#api/yaml.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeconfigPaths } from './kubeconfig.ts'

export type Section = 'clusters' | 'contexts' | 'users'

/** What an element of each list holds beside its name. */
export const entryKeys = { clusters: 'cluster', contexts: 'context', users: 'user' } as const

export type Entry = Record<string, unknown>

interface File {
  readonly path: string
  readonly exists: boolean
  readonly rest: Record<string, unknown>
  currentContext: string
  readonly lists: Readonly<Record<Section, Map<string, Entry>>>
  dirty: boolean
}

export class KubeconfigFiles {
  readonly #files: readonly File[]
  readonly #paths: readonly string[]

  constructor(paths: KubeconfigPaths) {
    this.#paths = paths.explicit === undefined ? paths.search : [paths.explicit]
    this.#files = this.#paths.map(readFile)
  }

  /** The one that new entries go to, and that messages name. */
  get defaultPath(): string {
    return this.#default().path
  }

  get currentContext(): string {
    return this.#files.find(({ currentContext }) => currentContext !== '')?.currentContext ?? ''
  }

  get(section: Section, name: string): Entry | undefined {
    return this.#origin(section, name)?.lists[section].get(name)
  }

  /** Sorted. */
  names(section: Section): readonly string[] {
    const names = this.#files.flatMap((file) => [...file.lists[section].keys()])
    return [...new Set(names)].sort()
  }

  set(section: Section, name: string, entry: Entry): void {
    const file = this.#origin(section, name) ?? this.#default()
    file.lists[section].set(name, entry)
    file.dirty = true
  }

  delete(section: Section, name: string): void {
    const file = this.#origin(section, name)
    if (file === undefined) return
    file.lists[section].delete(name)
    file.dirty = true
  }

  setCurrentContext(name: string): void {
    const file = this.#files.find(({ currentContext }) => currentContext !== '') ?? this.#default()
    file.currentContext = name
    file.dirty = true
  }

  /** Writes what changed. */
  save(): void {
    for (const file of this.#files) if (file.dirty) writeFile(file)
  }

  #origin(section: Section, name: string): File | undefined {
    return this.#files.find((file) => file.lists[section].has(name))
  }

  #default(): File {
    return (this.#files.find(({ exists }) => exists) ?? this.#files.at(-1)) as File
  }
}

function readFile(path: string): File {
  const text = readText(path)
  const value = (parseYaml(text ?? '') ?? {}) as Record<string, unknown>
  const { clusters, contexts, users, 'current-context': current, ...rest } = value
  return {
    path,
    exists: text !== undefined,
    rest,
    currentContext: typeof current === 'string' ? current : '',
    lists: {
      clusters: entriesOf(clusters, 'cluster'),
      contexts: entriesOf(contexts, 'context'),
      users: entriesOf(users, 'user'),
    },
    dirty: false,
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function entriesOf(list: unknown, key: string): Map<string, Entry> {
  const items = (list ?? []) as readonly Record<string, unknown>[]
  return new Map(items.map((item) => [String(item['name'] as string), (item[key] ?? {}) as Entry]))
}

function writeFile(file: File): void {
  mkdirSync(dirname(file.path), { recursive: true })
  using _lock = lock(file.path)
  const partial = `${file.path}.new`
  writeFileSync(partial, formatYaml(fileContent(file), 'sorted'), { mode: 0o600 })
  renameSync(partial, file.path)
}

function fileContent({ rest, currentContext, lists }: File): object {
  const list = (section: Section): unknown => listOf(lists[section], entryKeys[section])
  return {
    ...rest,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: list('clusters'),
    contexts: list('contexts'),
    users: list('users'),
    'current-context': currentContext,
  }
}

/** By name; null when there is none, as Go writes it. */
export function listOf(entries: ReadonlyMap<string, Entry>, key: string): unknown {
  if (entries.size === 0) return null
  return [...entries.keys()].sort().map((name) => ({ name, [key]: entries.get(name) }))
}

/** kubectl's own lock: a file beside, which must not exist. */
function lock(path: string): Disposable {
  const lockPath = `${path}.lock`
  try {
    closeSync(openSync(lockPath, 'wx'))
  } catch {
    throw new CommandError(`open ${lockPath}: file exists`)
  }
  return { [Symbol.dispose]: () => rmSync(lockPath, { force: true }) }
}
