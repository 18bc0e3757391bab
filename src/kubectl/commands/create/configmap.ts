/** `kubectl create configmap`. Upstream: kubectl pkg/cmd/create/create_configmap.go. */
import { array, bool, strings } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { contentHash, dataOf, isText, sortedEntries } from './data.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  about: 'Create a config map based on a file, directory, or specified literal value.',
  examples: [
    ['From the files of a folder', 'kubectl create configmap settings --from-file=path/to/folder'],
    ['From literals', 'kubectl create configmap settings --from-literal=mode=fast'],
  ],
  flags: [
    ...generatorFlags,
    bool('append-hash', 'Append a hash of the data to the name.'),
    strings('from-env-file', 'Files with KEY=VALUE lines.'),
    strings('from-file', 'Files or folders, with or without KEY= in front.'),
    array('from-literal', 'KEY=VALUE; may be repeated.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const name = nameOf(call)
  const all = [...dataOf(call, ` in Data for ConfigMap ${JSON.stringify(name)}`)]
  const texts = all.filter(([, bytes]) => isText(bytes))
  const binaries = all.filter(([, bytes]) => !isText(bytes))
  const data = sortedEntries(texts.map(([key, bytes]) => [key, bytes.toString()]))
  const binaryData = sortedEntries(binaries.map(([key, bytes]) => [key, bytes.toString('base64')]))
  const hasBinary = binaries.length > 0
  const hashed = { ...(hasBinary && { binaryData }), data: data, kind: 'ConfigMap', name }
  const fullName = call.flags.bool('append-hash') ? `${name}-${contentHash(hashed)}` : name
  await createGenerated(call, {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: fullName },
    ...(texts.length > 0 && { data }),
    ...(hasBinary && { binaryData }),
  })
}
