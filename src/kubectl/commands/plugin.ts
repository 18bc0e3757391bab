/** `kubectl plugin`. Upstream: kubectl pkg/cmd/plugin/plugin.go. */
import { basename } from 'node:path'
import { bool } from '#kubectl/command-line/flag.ts'
import { findCommand } from '#kubectl/command-line/find.ts'
import type { Call, Command, CommandTable } from '#kubectl/command.ts'
import { commands as allCommands } from '#kubectl/commands.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isExecutable, pluginFiles } from '#kubectl/plugins.ts'

export const command: Command = {
  use: 'plugin [flags]',
  about: `Work with plugins: programs on the path whose names begin with "kubectl-". kubectl-foo is called as "kubectl foo".`,
  examples: [['List them', 'kubectl plugin list']],
  flags: [],
}

export const list: Command = {
  use: 'plugin list [flags]',
  about: 'List the plugin files on the path: those whose names begin with "kubectl-".',
  examples: [['List them', 'kubectl plugin list']],
  flags: [bool('name-only', 'Only names, without folders.')],
  run,
}

export const commands: CommandTable = {
  list: { summary: 'List the plugins on the path', load: async () => list },
}

async function run({ io, flags }: Call): Promise<void> {
  const paths = pluginFiles(io, (folder, why) =>
    io.stderr(
      `Unable to read directory ${JSON.stringify(folder)} from your PATH: ${why}. Skipping...\n`,
    ),
  )
  if (paths.length === 0) {
    throw new CommandError('unable to find any kubectl plugins in your PATH\n')
  }
  io.stdout('The following compatible plugins are available:\n\n')
  const seen = new Map<string, string>()
  let warnings = 0
  for (const path of paths) {
    io.stdout(`${flags.bool('name-only') ? basename(path) : path}\n`)
    for (const warning of await warningsOf(path, seen)) {
      io.stderr(`  - ${warning}\n`)
      warnings += 1
    }
  }
  if (warnings === 1) throw new CommandError('one plugin warning was found\n')
  if (warnings > 1) throw new CommandError(`${warnings} plugin warnings were found\n`)
}

async function warningsOf(path: string, seen: Map<string, string>): Promise<readonly string[]> {
  const name = basename(path)
  const warnings: string[] = []
  if (!isExecutable(path)) {
    warnings.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`)
  }
  const first = seen.get(name)
  if (first === undefined) seen.set(name, path)
  else warnings.push(`warning: ${path} is overshadowed by a similarly named plugin: ${first}`)
  const found = await findCommand(allCommands, name.split('-').slice(1))
  if (found.path !== '') {
    warnings.push(
      `warning: ${name} overwrites existing command: ${JSON.stringify(`kubectl ${found.path}`)}`,
    )
  }
  return warnings
}
