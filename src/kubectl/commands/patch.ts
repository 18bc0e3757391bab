/** `kubectl patch`. Upstream: kubectl pkg/cmd/patch/patch.go. */
import { readFileSync } from 'node:fs'
import { goJson } from '#api/meta/go-quote.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  subresourceFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

type PatchType = 'json' | 'merge' | 'strategic'

export const command: Command = {
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  about: `Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.

 JSON and YAML are accepted.`,
  examples: [
    ['Change one field', `kubectl patch node node-1 -p '{"spec":{"unschedulable":true}}'`],
    [
      'By its place in a list',
      `kubectl patch pod web-1 --type=json -p='[{"op": "replace", "path": "/spec/containers/0/image", "value":"nginx:2"}]'`,
    ],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to patch'),
    dryRunFlag,
    fieldManagerFlag('kubectl-patch'),
    subresourceFlag,
    bool('local', 'Patch what the files describe; ask no server.'),
    string('patch', 'The patch.', { short: 'p' }),
    string('patch-file', 'File with the patch.'),
    string('type', 'Type of patch: json merge strategic.', {
      default: 'strategic',
    }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const dryRun = await dryRunOf(call)
  const local = flags.bool('local')
  validate(call, dryRun)
  const type = flags.string('type') as PatchType
  const patch = patchOf(call)
  const selection = await select(call, {
    args: local ? [] : call.args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    subresource: flags.string('subresource'),
    local,
  })
  const infos = await fetchAll(call, selection, { latest: !local })
  if (infos.length === 0) throw new CommandError('no objects passed to patch')
  for (const info of infos) await patchOne(call, info, { type, patch, dryRun })
}

function validate({ flags, args }: Call, dryRun: DryRun): void {
  if (flags.string('patch') !== '' && flags.string('patch-file') !== '') {
    throw new CommandError('cannot specify --patch and --patch-file together')
  }
  if (flags.string('patch') === '' && flags.string('patch-file') === '') {
    throw new CommandError(
      'must specify --patch or --patch-file containing the contents of the patch',
    )
  }
  if (flags.bool('local') && args.length > 0) {
    throw new CommandError('cannot specify --local and server resources')
  }
  if (flags.bool('local') && dryRun === 'server') {
    throw new CommandError(
      'cannot specify --local and --dry-run=server - did you mean --dry-run=client?',
    )
  }
  const type = flags.string('type')
  if (!['json', 'merge', 'strategic'].includes(type)) {
    throw new CommandError(
      `--type must be one of [json merge strategic], not ${JSON.stringify(type)}`,
    )
  }
}

/** As JSON. */
function patchOf({ flags }: Call): string {
  const file = flags.string('patch-file')
  let text = flags.string('patch')
  if (file !== '') {
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      throw new CommandError(`unable to read patch file: open ${file}: no such file or directory`)
    }
  }
  if (/^\s*[{[]/.test(text)) return text
  try {
    return goJson(parseYaml(text))
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new CommandError(`unable to parse ${JSON.stringify(text)}: ${error.message}`)
  }
}

interface Patching {
  readonly type: PatchType
  readonly patch: string
  readonly dryRun: DryRun
}

async function patchOne(call: Call, info: Info, { type, patch, dryRun }: Patching): Promise<void> {
  const { flags, io } = call
  const isLocal = flags.bool('local') || dryRun === 'client'
  const patched = isLocal
    ? await patchedHere(info, type, patch)
    : await patchObject(
        call,
        info,
        { type, patch },
        {
          dryRun,
          fieldManager: flags.string('field-manager'),
          subresource: flags.string('subresource'),
        },
      )
  const changed = goJson(patched) !== goJson(info.object)
  const printer = await resultPrinter(call, changed ? 'patched' : 'patched (no change)')
  io.stdout(printer.print(patched))
}

async function patchedHere(info: Info, type: PatchType, patch: string): Promise<KubeObject> {
  const { applyPatch } = await import('#kubectl/objects/apply-patch.ts')
  return applyPatch(info, type, patch)
}
