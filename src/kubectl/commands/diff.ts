/** `kubectl diff`. Upstream: kubectl pkg/cmd/diff/diff.go. */
import { array, bool, int } from '#kubectl/command-line/flag.ts'
import { fieldManagerFlag, filenameFlags, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { DiffFolders } from '#kubectl/diff/folders.ts'
import { maskedVersions } from '#kubectl/diff/masked.ts'
import type { MaskedVersions, Versions } from '#kubectl/diff/masked.ts'
import { versionsOf } from '#kubectl/diff/merge.ts'
import { showDifferences } from '#kubectl/diff/program.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { withoutManagedFields } from '#kubectl/printers/json-yaml.ts'

export const command: Command = {
  use: 'diff -f FILENAME',
  about: `Diff configurations specified by file name or stdin between the current online configuration, and the configuration
as it would be if applied.

 The output is always YAML.

 KUBECTL_EXTERNAL_DIFF names another program than diff, with its options: KUBECTL_EXTERNAL_DIFF="colordiff -N -u".

 Exit status: 0 without differences, 1 with some, more than 1 for a failure of kubectl or of the program.`,
  examples: [
    ['Of a file', 'kubectl diff -f pod.json'],
    ['Of standard input', 'cat service.yaml | kubectl diff -f -'],
  ],
  flags: [
    ...filenameFlags('to diff'),
    fieldManagerFlag('kubectl-client-side-apply'),
    selectorFlag,
    int('concurrency', 'How many objects are asked for at once.', { default: 1 }),
    bool('force-conflicts', 'With --server-side: take fields of other managers.'),
    bool('prune', 'Also show what --prune would delete.'),
    array('prune-allowlist', 'Types that --prune deletes, GROUP/VERSION/KIND.'),
    bool('server-side', 'Let the server merge.'),
    bool('show-managed-fields', 'Keep managedFields.'),
    bool('show-secrets', 'Show the values of secrets.'),
  ],
  failureExitCode: 2,
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  const filenames = flags.strings('filename')
  const kustomize = flags.string('kustomize')
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
  if (filenames.length === 0 && kustomize === '') {
    throw new CommandError('must specify one of -f and -k')
  }
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) {
    throw new CommandError('--force-conflicts only works with --server-side')
  }
  using folders = new DiffFolders(io)
  const selection = await select(call, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
  })
  const visited = await writeAll(call, selection, folders)
  if (flags.bool('prune')) await writePruned(call, visited, folders)
  await showDifferences(folders.live, folders.merged, io)
}

interface Visited {
  readonly uids: Set<string>
  readonly namespaces: Set<string>
}

async function writeAll(
  call: Call,
  { targets }: Selection,
  folders: DiffFolders,
): Promise<Visited> {
  const infos: Info[] = []
  for await (const target of targets) if (target.type === 'object') infos.push(target.info)
  const visited: Visited = { uids: new Set(), namespaces: new Set() }
  const writeOne = async (info: Info): Promise<void> => {
    const versions = await versionsOf(call, info)
    folders.write(fileName(info), shown(call, versions))
    if (info.namespace !== '') visited.namespaces.add(info.namespace)
    visited.uids.add(versions.live?.metadata?.uid ?? '')
    warnIfDeleting(call, info, versions)
  }
  const { flags } = call
  const concurrency = flags.int('concurrency')
  await eachOf(infos, writeOne, concurrency < 0 ? infos.length : Math.max(1, concurrency))
  return visited
}

/** In order, some at once. Rejects with the first failure. */
async function eachOf<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce: number,
): Promise<void> {
  const rest = [...items]
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

function fileName({
  mapping,
  namespace,
  name,
}: Pick<Info, 'mapping' | 'namespace' | 'name'>): string {
  const { group, version, kind } = mapping
  return `${group === '' ? '' : `${group}.`}${version}.${kind}.${namespace}.${name}`
}

function shown({ flags }: Call, { live, merged }: Versions): Versions | MaskedVersions {
  const keep = flags.bool('show-managed-fields')
  const strip = (object: KubeObject) => withoutManagedFields(object, keep)
  const versions = { live: live && strip(live), merged: strip(merged) }
  const isSecret = merged.kind === 'Secret' && merged.apiVersion === 'v1'
  return isSecret && !flags.bool('show-secrets') ? maskedVersions(versions) : versions
}

function warnIfDeleting({ io }: Call, { name }: Info, { live }: Versions): void {
  if (live?.metadata?.deletionTimestamp === undefined) return
  io.stderr(`Warning: Detected changes to resource ${name} which is currently being deleted.\n`)
}

/** As they are, with all that the server keeps of them. */
async function writePruned(call: Call, visited: Visited, folders: DiffFolders): Promise<void> {
  const { prunableObjects } = await import('#kubectl/apply/prune.ts')
  for await (const one of prunableObjects(call, visited)) {
    folders.writeGone(fileName(one), one.object)
  }
}
