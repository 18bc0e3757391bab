/** The file that `kubectl kuberc` works on, as it is. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatYaml, parseYaml, YamlError } from '#api/yaml.ts'
import { string } from '#kubectl/command-line/flag.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { kubercFile, PreferencesError } from '#kubectl/kuberc/preferences.ts'
import type { KubercFile } from '#kubectl/kuberc/preferences.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'

export const kubercFlag = string('kuberc', 'File with preferences.')

export function fileOf({ flags, io }: Call): KubercFile {
  try {
    const file = kubercFile(flags.string('kuberc'), io)
    if (file !== undefined) return file
    throw new CommandError('KUBERC is disabled via KUBERC=off environment variable')
  } catch (error) {
    if (error instanceof PreferencesError) throw new CommandError(error.message)
    throw error
  }
}

/** Undefined: there is no such file. */
export function readKuberc(path: string): Json | undefined {
  try {
    const value = parseYaml(readFileSync(path, 'utf8'))
    return isMapping(value) ? value : {}
  } catch (error) {
    if (error instanceof YamlError) {
      throw new CommandError(
        `error parsing kuberc file: error converting YAML to JSON: ${error.message}`,
      )
    }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CommandError(`error reading kuberc file: ${(error as Error).message}`)
  }
}

export function writeKuberc({ io }: Call, path: string, content: Json): void {
  mkdirSync(dirname(path), { recursive: true })
  const lists = { aliases: content['aliases'] ?? null, defaults: content['defaults'] ?? null }
  writeFileSync(path, formatYaml({ ...content, ...lists }, 'sorted'), { mode: 0o644 })
  io.stdout(`Updated ${path}\n`)
}
