/** Programs named `kubectl-…` on the path become commands. Upstream: kubectl pkg/cmd/cmd.go. */
import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Io } from './io.ts'

/** Runs the plugin whose name is the longest beginning of the line; undefined: there is none. */
export async function runPlugin(argv: readonly string[], io: Io): Promise<number | undefined> {
  const words: string[] = []
  for (const word of argv) {
    if (word.startsWith('-')) break
    words.push(word.replaceAll('-', '_'))
  }
  for (let count = words.length; count > 0; count -= 1) {
    const path = findProgram(`kubectl-${words.slice(0, count).join('-')}`, io)
    if (path !== undefined) return await run(path, argv.slice(count), io)
  }
  return undefined
}

export function pathFolders({ env }: Io): readonly string[] {
  return (env['PATH'] ?? '').split(':')
}

/** Files on the path that are named as plugins, each folder once, in order; `skipped` hears of folders. */
export function pluginFiles(
  io: Io,
  skipped: (folder: string, why: string) => void = () => undefined,
): readonly string[] {
  const folders = new Set(pathFolders(io).filter((folder) => folder.trim() !== ''))
  return [...folders].flatMap((folder) => {
    try {
      return pluginsIn(folder).map((name) => join(folder, name))
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      skipped(folder, `open ${folder}: ${reasons[code] ?? code}`)
      return []
    }
  })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOTDIR: 'not a directory',
}

function pluginsIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name.startsWith('kubectl-') && !entry.isDirectory())
    .map(({ name }) => name)
    .sort(compareBytes)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The first on the path; `absolute`: not in a folder that is named relative to the current one. */
export function findProgram(
  name: string,
  io: Io,
  options: { readonly absolute?: boolean } = {},
): string | undefined {
  return pathFolders(io)
    .filter((folder) => options.absolute !== true || isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function run(path: string, args: readonly string[], io: Io): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn(path, args, { stdio: 'inherit', env: { ...io.env } })
  child.once('error', reject)
  child.once('close', (code) => resolve(code ?? 1))
  return promise
}
