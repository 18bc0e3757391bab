/** `kubectl set image`. Upstream: kubectl pkg/cmd/set/set_image.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { splitArgs } from '#kubectl/metadata/change.ts'
import type { Pairs } from '#kubectl/metadata/change.ts'
import { changeAll, hasFiles, setFlags, settableObjects, settingOf } from '#kubectl/set/change.ts'
import type { Setting } from '#kubectl/set/change.ts'
import { podSpecOf } from '#kubectl/set/pod-spec.ts'
import type { Container } from '#kubectl/set/pod-spec.ts'

export const command: Command = {
  use: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  about: `Update existing container image(s) of resources.

 Possible resources include (case insensitive):

  pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)`,
  examples: [
    ['Of one container', 'kubectl set image deployment/nginx nginx=nginx:1.9.1'],
    ['Of all containers', "kubectl set image daemonset abc '*=nginx:1.9.1'"],
    ['In a file', 'kubectl set image -f file.yaml nginx=nginx:1.9.1 --local -o yaml'],
  ],
  flags: [...setFlags, selectorFlag],
  run,
}

async function run(call: Call): Promise<void> {
  const setting = await settingOf(call, 'image updated')
  const { resources, changes } = splitArgs(call, 'image')
  if (changes.removed.length > 0) {
    throw new CommandError(
      `invalid image format: ${changes.removed.map((key) => `${key}-`).join(', ')}`,
    )
  }
  const infos = await settableObjects(call, resources)
  validate(call, setting, { resources, images: changes.set })
  await changeAll(call, {
    setting,
    infos,
    failure: 'failed to patch image update to pod template: ',
    change(object, problems) {
      const spec = podSpecOf(object)
      for (const [name, image] of Object.entries(changes.set)) {
        const ours = [...named(spec.initContainers, name), ...named(spec.containers, name)]
        for (const container of ours) container.image = image
        if (ours.length > 0) continue
        problems.push(new CommandError(`error: unable to find container named ${goQuote(name)}`))
      }
      return true
    },
  })
}

function named(containers: readonly Container[] = [], name: string): readonly Container[] {
  return containers.filter((container) => name === '*' || container.name === name)
}

interface Asked {
  readonly resources: readonly string[]
  readonly images: Pairs
}

function validate(call: Call, { dryRun }: Setting, { resources, images }: Asked): void {
  const { flags } = call
  const count = Object.keys(images).length
  const problems = [
    flags.bool('all') &&
      flags.string('selector') !== '' &&
      'cannot set --all and --selector at the same time',
    resources.length === 0 &&
      !hasFiles(call) &&
      'one or more resources must be specified as <resource> <name> or <resource>/<name>',
    count === 0 && 'at least one image update is required',
    count > 1 &&
      images['*'] !== undefined &&
      'all containers are already specified by *, but saw more than one container_name=container_image pairs',
    flags.bool('local') &&
      dryRun === 'server' &&
      'cannot specify --local and --dry-run=server - did you mean --dry-run=client?',
  ]
  throwFailures(problems.filter((text) => text !== false).map((text) => new CommandError(text)))
}
