/** `--help` lists the flags of the real kubectl, each with its short form and default; words are our own. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CommandTable } from '#kubectl/command.ts'
import { commands } from '#kubectl/commands.ts'
import { commandHelp } from '#kubectl/command-line/help.ts'
import { globalFlags } from '#kubectl/command-line/flag-sets.ts'
import { flagsText } from '#kubectl/command-line/help.ts'
import { realClients, run } from '../e2e/kubectl.ts'

const real = join(await realClients('36'), 'kubectl', 'kubectl')

/** `-o, --output=''`, without what it is for. */
function flagsIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {4}((?:-\w, )?--[\w-]+=.*):$/gm)].map(([, flag = '']) => flag).sort()
}

function usageIn(help: string): string {
  return /^Usage:\n {2}(.*)$/m.exec(help)?.[1] ?? ''
}

function aliasesIn(help: string): string {
  return /^Aliases:\n(.*)$/m.exec(help)?.[1] ?? ''
}

async function compareAll(table: CommandTable, parent: string): Promise<void> {
  for (const [name, row] of Object.entries(table)) {
    const path = parent === '' ? name : `${parent} ${name}`
    const command = await row.load?.()
    const subcommands = (await row.commands?.()) ?? {}
    await compareAll(subcommands, path)
    if (command === undefined || row.hidden === true) continue
    test(`kubectl ${path} --help`, async () => {
      const expected = (await run(real, [...path.split(' '), '--help'])).stdout
      const aliases = row.aliases ?? []
      const actual = commandHelp({ path, command, aliases, subcommands })
      assert.deepEqual(flagsIn(actual), flagsIn(expected))
      assert.equal(aliasesIn(actual), aliasesIn(expected))
      assert.equal(usageIn(actual), usageIn(expected))
    })
  }
}

await compareAll(commands, '')

test('kubectl options', async () => {
  const expected = (await run(real, ['options'], { env: { HOME: '$HOME' } })).stdout
  assert.deepEqual(flagsIn(flagsText(globalFlags)), flagsIn(expected))
})

test('every command of the real kubectl has a row', async () => {
  const expected = (await run(real, ['--help'])).stdout
  const names = [...expected.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name = '']) => name)
  assert.deepEqual(
    names.filter((name) => commands[name] === undefined),
    [],
  )
})
