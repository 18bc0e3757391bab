/** `kubectl api-resources`. Upstream: kubectl pkg/cmd/apiresources/apiresources.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { bool, string, strings } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import type { ApiResource, Served } from '#kubectl/discovery/discovery.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import { AggregateFailure, CommandError, UsageError } from '#kubectl/errors.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'

export const command: Command = {
  use: 'api-resources [flags]',
  about: 'Print the supported API resources on the server.',
  examples: [
    ['Print them', 'kubectl api-resources'],
    ['Those of one group', 'kubectl api-resources --api-group=apps'],
  ],
  flags: [
    string('api-group', 'Only resources of this group.'),
    bool('cached', 'Use what is known from disk, if it is not too old.'),
    strings('categories', 'Only resources of these categories.'),
    bool('namespaced', 'Only what namespaces have, or, if false, what they have not.', {
      default: true,
    }),
    bool('no-headers', 'Print no headers.'),
    string('output', 'Output format. One of: (json, yaml, kyaml, name, wide).', { short: 'o' }),
    bool('show-managed-fields', 'Keep managedFields in JSON and YAML.'),
    string('sort-by', "Sort by 'name' or 'kind'."),
    strings('verbs', 'Only resources with all these verbs.'),
  ],
  run,
}

interface Row {
  readonly group: string
  readonly groupVersion: string
  readonly resource: ApiResource
}

async function run(call: Call): Promise<void> {
  const { flags, args, io, factory } = call
  if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
  const output = flags.string('output')
  if (!['', 'wide', 'name', 'json', 'yaml', 'kyaml'].includes(output)) {
    throw new CommandError(
      `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,kyaml,name,wide,yaml`,
    )
  }
  const sortBy = flags.string('sort-by')
  if (!['', 'name', 'kind'].includes(sortBy)) {
    throw new CommandError('--sort-by accepts only name or kind')
  }
  const discovery = await factory.discovery()
  if (!flags.bool('cached')) discovery.invalidate()
  const served = await discovery.served()
  const rows = sorted(
    rowsOf(served).filter((row) => isWanted(row, call)),
    sortBy,
  )
  io.stdout(await format(call, rows))
  const { failures } = served
  if (failures.length > 0) {
    throw new AggregateFailure(failures.map(({ message }) => new CommandError(message)))
  }
}

/** Of each group's preferred version. */
function rowsOf({ groups, lists }: Served): readonly Row[] {
  const rows: Row[] = []
  const seen = new Set<string>()
  for (const { name: group, versions, preferredVersion } of groups) {
    const ordered = versions.toSorted(
      (a, b) =>
        Number(b.groupVersion === preferredVersion.groupVersion) -
        Number(a.groupVersion === preferredVersion.groupVersion),
    )
    for (const { groupVersion } of ordered) {
      for (const resource of lists.get(groupVersion)?.resources ?? []) {
        const key = `${group}/${resource.name}`
        if (resource.name.includes('/') || seen.has(key)) continue
        seen.add(key)
        rows.push({ group, groupVersion, resource })
      }
    }
  }
  return rows.filter(({ resource }) => (resource.verbs ?? []).length > 0)
}

function isWanted({ group, resource }: Row, { flags }: Call): boolean {
  const { verbs = [], categories = [] } = resource
  return (
    (!flags.given('api-group') || flags.string('api-group') === group) &&
    (!flags.given('namespaced') || flags.bool('namespaced') === resource.namespaced) &&
    flags.strings('verbs').every((verb) => verbs.includes(verb)) &&
    flags.strings('categories').every((category) => categories.includes(category))
  )
}

function sorted(rows: readonly Row[], by: string): readonly Row[] {
  const name = ({ resource }: Row): string => resource.name
  if (by === 'name') return rows.toSorted((a, b) => compareBytes(name(a), name(b)))
  if (by === 'kind') return rows.toSorted((a, b) => compareBytes(a.resource.kind, b.resource.kind))
  return rows.toSorted((a, b) => compareBytes(a.group, b.group) || compareBytes(name(a), name(b)))
}

async function format(call: Call, rows: readonly Row[]): Promise<string> {
  const { flags } = call
  const output = flags.string('output')
  if (output === 'name') {
    return rows.map(({ group, resource }) => `${qualified(resource.name, group)}\n`).join('')
  }
  if (output === 'json' || output === 'yaml' || output === 'kyaml') {
    const printer = await printerOf(call)
    return printer?.print(listOf(rows)) ?? ''
  }
  const wide = output === 'wide'
  const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND']
  const lines = flags.bool('no-headers') ? [] : [wide ? [...header, 'VERBS', 'CATEGORIES'] : header]
  for (const { groupVersion, resource } of rows) {
    const { name, shortNames = [], namespaced, kind, verbs = [], categories = [] } = resource
    const cells = [name, shortNames.join(','), groupVersion, String(namespaced), kind]
    lines.push(wide ? [...cells, verbs.join(','), categories.join(',')] : cells)
  }
  return lines.length === 0
    ? ''
    : alignTabs(`${lines.map((cells) => cells.join('\t')).join('\n')}\n`)
}

function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`
}

function listOf(rows: readonly Row[]) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: '',
    resources: rows.map(({ groupVersion, resource }) => {
      const [group, version] = splitGroupVersion(groupVersion)
      return { ...resource, ...(group !== '' && { group }), version }
    }),
  }
}
