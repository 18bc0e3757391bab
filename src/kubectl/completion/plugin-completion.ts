/**
 * Plugins as commands, and what they offer themselves by a program `kubectl_complete-NAME`.
 * Upstream: kubectl pkg/cmd/plugin/plugin_completion.go.
 */
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import type { Io } from '#kubectl/io.ts'
import { findProgram, pluginFiles } from '#kubectl/plugins.ts'
import { directives, plainWords } from './offer.ts'
import type { Offer, Word } from './offer.ts'

/** The words of each plugin: `kubectl-my_plug-in` is `my-plug in`. */
export function pluginPaths(io: Io): readonly (readonly string[])[] {
  return pluginFiles(io).map((path) =>
    basename(path)
      .split('-')
      .slice(1)
      .map((word) => word.replaceAll('_', '-')),
  )
}

/** The next words of plugins that begin with `words`. */
export function pluginWords(
  paths: readonly (readonly string[])[],
  words: readonly string[],
): readonly Word[] {
  const next = paths
    .filter((path) => path.length > words.length && words.every((word, at) => path[at] === word))
    .map((path) => path[words.length] ?? '')
  return [...new Set(next)].map((text) => ({
    text,
    about: `The command ${text} is a plugin installed by the user`,
  }))
}

/** Undefined: no plugin has this name. */
export async function pluginOffer(
  line: readonly string[],
  toComplete: string,
  io: Io,
): Promise<Offer | undefined> {
  const paths = pluginPaths(io)
  let depth = 0
  while (depth < line.length && pluginWords(paths, line.slice(0, depth)).some(isAt(line, depth))) {
    depth += 1
  }
  if (depth === 0) return undefined
  const name = line.slice(0, depth)
  const args = line.slice(depth)
  const own = args.length === 0 ? pluginWords(paths, name) : []
  const offered = await askProgram(name, [...args, toComplete], io)
  const subcommands = own.filter(({ text }) => text.startsWith(toComplete))
  return { words: [...subcommands, ...offered.words], directive: offered.directive }
}

function isAt(line: readonly string[], at: number): (word: Word) => boolean {
  return ({ text }) => text === line[at]
}

async function askProgram(
  name: readonly string[],
  args: readonly string[],
  io: Io,
): Promise<Offer> {
  const plugin = ['kubectl', ...name].map((word) => word.replaceAll('-', '_')).join('-')
  const program = plugin.replace('-', '_complete-')
  io.stderr(`[Debug] About to look for: ${program}\n`)
  const path = findProgram(program, io, { absolute: true })
  if (path === undefined) {
    io.stderr(`[Debug] Plugin ${plugin} does not provide a matching completion executable\n`)
    return { words: [], directive: directives.default }
  }
  io.stderr(`[Debug] About to call: ${path} ${args.join(' ')}\n`)
  return parsed(await outputOf(path, args, io))
}

/** Lines; the last one may say `:DIRECTIVE`. */
function parsed(output: string): Offer {
  const lines = output.split('\n').filter((line) => line !== '')
  const directive = /^:(\d+)$/.exec(lines.at(-1) ?? '')?.[1]
  const words = directive === undefined ? lines : lines.slice(0, -1)
  return { words: plainWords(words), directive: Number(directive ?? directives.default) }
}

/** Nothing when it fails. */
async function outputOf(path: string, args: readonly string[], { env }: Io): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const child = spawn(path, args, { stdio: ['inherit', 'pipe', 'inherit'], env: { ...env } })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('error', () => resolve(''))
  child.once('close', (code) => resolve(code === 0 ? Buffer.concat(chunks).toString() : ''))
  return await promise
}
