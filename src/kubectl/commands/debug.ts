/** `kubectl debug`. Upstream: kubectl pkg/cmd/debug/debug.go. */
import { bool, string, strings } from '#kubectl/command-line/flag.ts'
import { filenameFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { throwAll } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import { select } from '#kubectl/objects/selection.ts'
import { typeAndName } from '#kubectl/pods/target.ts'

export const command: Command = {
  use: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  about: `Debug workloads and nodes by containers made for it.

 In a pod that runs, an ephemeral container is added; with --copy-to a copy of the pod is made and changed; on a node a pod is made that sees the file system of the node.`,
  examples: [
    ['A shell in a pod that runs', 'kubectl debug web-1 -it --image=busybox'],
    [
      'A copy of a pod whose containers have another image',
      'kubectl debug web-1 --copy-to=web-debug --set-image=*=busybox',
    ],
    ['On a node', 'kubectl debug node/node-1 -it --image=busybox'],
  ],
  flags: [
    filenameFlag('to debug'),
    bool('arguments-only', 'What follows -- is the arguments instead of the command.'),
    bool('attach', 'Wait for the container and attach to it; with --stdin the default.'),
    string('container', 'Name of the debugging container.', { short: 'c' }),
    string('copy-to', 'Make a copy of the pod with this name.'),
    string('custom', 'File with a part of a container that is merged into the debugging one.'),
    strings('env', 'Environment variables of the container, KEY=VALUE,…'),
    string('image', 'Image of the debugging container.'),
    string('image-pull-policy', 'When the image is pulled: Always, IfNotPresent, Never.'),
    bool('keep-annotations', 'A copy keeps the annotations.'),
    bool('keep-init-containers', 'A copy keeps the init containers.', { default: true }),
    bool('keep-labels', 'A copy keeps the labels.'),
    bool('keep-liveness', 'A copy keeps the liveness probes.'),
    bool('keep-readiness', 'A copy keeps the readiness probes.'),
    bool('keep-startup', 'A copy keeps the startup probes.'),
    string('profile', '"general", "baseline", "restricted", "netadmin" or "sysadmin".', {
      default: 'general',
    }),
    bool('quiet', 'Do not say what is made.', { short: 'q' }),
    bool('replace', 'With --copy-to: delete the original.'),
    bool('same-node', 'With --copy-to: on the node of the original.'),
    strings('set-image', 'With --copy-to: images of containers, NAME=IMAGE,…; * is all of them.'),
    bool('share-processes', 'With --copy-to: containers see the processes of each other.', {
      default: true,
    }),
    bool('stdin', 'Keep standard input open.', { short: 'i' }),
    string('target', 'See the processes of this container.'),
    bool('tty', 'Give the container a terminal.', { short: 't' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { debugOptions } = await import('#kubectl/debug/options.ts')
  const options = debugOptions(call)
  const selection = await select(call, {
    args: options.targets.map(typeAndName),
    filenames: call.flags.strings('filename'),
  })
  const { infos, errors } = await fetchInfos(call, selection)
  const { debugObject } = await import('#kubectl/debug/debug.ts')
  for (const info of infos) await debugObject(call, info, options)
  throwAll(errors)
}
