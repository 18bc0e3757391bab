/** Programs named `kubectl-…` on the path become commands. Upstream: kubectl pkg/cmd/cmd.go. */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
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

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function findProgram(name: string, io: Io): string | undefined {
  return pathFolders(io)
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
