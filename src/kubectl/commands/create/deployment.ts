/** `kubectl create deployment`. Upstream: kubectl pkg/cmd/create/create_deployment.go. */
import { int, strings } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { commandOf, createGenerated, generatorFlags, imageName, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create deployment NAME --image=image -- [COMMAND] [args...]',
  about: 'Create a deployment with the specified name.',
  examples: [
    ['Create a deployment that runs an image', 'kubectl create deployment web --image=nginx'],
    [
      'With another command and three replicas',
      'kubectl create deployment web --image=busybox --replicas=3 -- date',
    ],
  ],
  flags: [
    ...generatorFlags,
    strings('image', 'Image names to run; one container for each.', { required: true }),
    int('port', 'Port that the container exposes.', { default: -1 }),
    int('replicas', 'Number of replicas.', { short: 'r', default: 1 }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const images = flags.strings('image')
  const argv = commandOf(call)
  if (images.length > 1 && argv.length > 0) {
    throw new CommandError('cannot specify multiple --image options and command')
  }
  const labels = { app: name }
  const port = flags.int('port')
  const containers = images.map((image, at) => ({
    name: imageName(image),
    image,
    ...(argv.length > 0 && { command: argv }),
    ...(at === 0 && port >= 0 && { ports: [{ containerPort: port }] }),
    resources: {},
  }))
  await createGenerated(call, {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name, labels },
    spec: {
      replicas: flags.int('replicas'),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      strategy: {},
    },
    status: {},
  })
}
