/** A user's kubeconfig file: other people's entries and comments in it are theirs. */
import { isDeepStrictEqual } from 'node:util'
import { mkdir, open, realpath, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatYaml, parseYaml } from '#api/yaml.ts'
import { UserError } from '#base/user-error.ts'
import type { Kubeconfig } from '#client/kubeconfig.ts'
import { readText, replaceFile } from '#bootstrap/pki/files.ts'
import { dropItem, putItem, putScalar } from './edit-text.ts'
import { entryItems, entryNames, sections, withEntry, withoutEntry } from './kubeconfig.ts'
import type { EntryNames, KubeconfigEntry } from './kubeconfig.ts'

const fileMode = 0o600
const folderMode = 0o750

/** Writes a kubeconfig of our own, whole. */
export async function writeKubeconfig(path: string, config: Kubeconfig): Promise<void> {
  await replaceFile(path, formatYaml(sorted(config)), fileMode)
}

/** Undefined when the file does not exist or is empty. Throws UserError when it is no kubeconfig. */
export async function readKubeconfig(path: string): Promise<Kubeconfig | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : parse(path, text)
}

/** Adds the entry to the file, or replaces it there; `current` makes it the current context. */
export async function mergeIntoKubeconfig(
  path: string,
  entry: KubeconfigEntry,
  options: { readonly current: boolean },
): Promise<void> {
  await change(path, (text, config) => {
    const wanted = withEntry(config, entry, options)
    let edited = text
    const items = entryItems(entry)
    for (const [section] of sections) edited = putItem(edited, section, items[section])
    edited = putScalar(edited, 'current-context', wanted['current-context'] ?? '')
    return { edited, wanted }
  })
}

/** Takes the entry out of the file; a file that does not exist or lacks it stays as it is. */
export async function removeFromKubeconfig(path: string, names: EntryNames): Promise<void> {
  if ((await readText(path)) === undefined) return
  await change(path, (text, config) => {
    const wanted = withoutEntry(config, names)
    let edited = text
    const gone = entryNames(names)
    for (const [section] of sections) edited = dropItem(edited, section, gone[section])
    if (config['current-context'] === names.contextName) {
      edited = putScalar(edited, 'current-context', '')
    }
    return { edited, wanted }
  })
}

type Edit = (text: string, config: Kubeconfig) => { edited: string; wanted: Kubeconfig }

async function change(path: string, edit: Edit): Promise<void> {
  const target = await followLinks(path)
  await mkdir(dirname(target), { recursive: true, mode: folderMode })
  await using _lock = await lock(target)
  const text = (await readText(target)) ?? ''
  const config = parse(target, text)
  const { edited, wanted } = edit(text, config ?? {})
  const kept = config !== undefined && isDeepStrictEqual(tryParse(edited), wanted)
  const next = kept ? edited : formatYaml(sorted(wanted))
  if (next !== text) await replaceFile(target, next, fileMode)
}

/** The same lock as kubectl's: a file beside, which must not exist. */
async function lock(path: string): Promise<AsyncDisposable> {
  const lockPath = `${path}.lock`
  try {
    await (await open(lockPath, 'wx', 0)).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new UserError(
      `${path} is being changed by another program; if none runs, delete ${lockPath}`,
    )
  }
  return { [Symbol.asyncDispose]: () => rm(lockPath, { force: true }) }
}

/** A link stays a link: what it points to is replaced. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    return path
  }
}

function parse(path: string, text: string): Kubeconfig | undefined {
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (error) {
    throw new UserError(`${path} is not a kubeconfig: ${(error as Error).message}`)
  }
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UserError(`${path} is not a kubeconfig: it holds no mapping`)
  }
  return value as Kubeconfig
}

function tryParse(text: string): unknown {
  try {
    return parseYaml(text)
  } catch {
    return undefined
  }
}

/** Keys in alphabetical order, as kubectl writes them. */
function sorted(config: Kubeconfig): unknown {
  return Object.fromEntries(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
