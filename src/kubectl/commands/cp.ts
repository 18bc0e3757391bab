/** `kubectl cp`. Upstream: kubectl pkg/cmd/cp/cp.go. */
import { bool, int } from '#kubectl/command-line/flag.ts'
import { containerFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'cp <file-spec-src> <file-spec-dest>',
  about: `Copy files and folders to and from containers. The container must have tar.

 Links are not copied from a container; use kubectl exec with tar for that.`,
  examples: [
    ['Copy a folder to a pod', 'kubectl cp ./site web-1:/usr/share/nginx/html'],
    [
      'To one container of a pod in another namespace',
      'kubectl cp ./conf shop/web-1:/etc/conf -c sidecar',
    ],
    ['Copy a file from a pod', 'kubectl cp web-1:/var/log/messages ./messages'],
  ],
  flags: [
    containerFlag,
    bool('no-preserve', 'Owner and permissions are not kept in the container.'),
    int(
      'retries',
      'How often a copy from a container that breaks off is resumed; negative: always.',
    ),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const [source, destination, ...more] = call.args
  if (source === undefined || destination === undefined || more.length > 0) {
    throw new CommandError('source and destination are required')
  }
  const { parseFileSpec } = await import('#kubectl/cp/file-spec.ts')
  const from = parseFileSpec(source)
  const to = parseFileSpec(destination)
  if (from.pod !== '' && to.pod !== '') {
    throw new CommandError('one of src or dest must be a local file specification')
  }
  if (from.path === '' || to.path === '') throw new CommandError('filepath can not be empty')
  const { copyFromPod, copyToPod } = await import('#kubectl/cp/copy.ts')
  if (from.pod !== '') return await copyFromPod(call, from, to)
  if (to.pod !== '') return await copyToPod(call, from, to)
  throw new CommandError('one of src or dest must be a remote file specification')
}
