/** `kubectl create job`. Upstream: kubectl pkg/cmd/create/create_job.go. */
import { string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { commandOf, createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  about: 'Create a job with the specified name.',
  examples: [
    ['Run an image once', 'kubectl create job hello --image=busybox -- date'],
    ['Run a cron job now', 'kubectl create job now --from=cronjob/nightly'],
  ],
  flags: [
    ...generatorFlags,
    string('from', 'The cron job to make the job from, cronjob/NAME.'),
    string('image', 'Image to run.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const [image, from] = [flags.string('image'), flags.string('from')]
  if ((image === '') === (from === '')) {
    throw new CommandError('either --image or --from must be specified')
  }
  const argv = commandOf(call)
  if (argv.length > 0 && from !== '') throw new CommandError('cannot specify --from and command')
  if (from !== '') return await createFrom(call, name, from)
  await createGenerated(call, {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: { name },
    spec: { template: podTemplate({ name, image, argv, restartPolicy: 'Never' }) },
    status: {},
  })
}

export function podTemplate(options: {
  readonly name: string
  readonly image: string
  readonly argv: readonly string[]
  readonly restartPolicy: string
}): object {
  const { name, image, argv, restartPolicy } = options
  const container = { name, image, ...(argv.length > 0 && { command: argv }), resources: {} }
  return { metadata: {}, spec: { containers: [container], restartPolicy } }
}

interface CronJob extends KubeObject {
  readonly spec: { readonly jobTemplate: KubeObject & { readonly spec: object } }
}

async function createFrom(call: Call, name: string, from: string): Promise<void> {
  const { factory } = call
  const [type = '', source = '', more] = from.split('/')
  if (source === '' || more !== undefined) {
    throw new CommandError('arguments in resource/name form must have a single resource and name')
  }
  const mapping = await (await factory.mapper()).mappingFor(type)
  if (mapping.kind !== 'CronJob') throw new CommandError('from must be an existing cronjob')
  const { namespace } = await factory.namespace()
  const cronJob = await getObject<CronJob>(await factory.rest(), {
    mapping,
    namespace,
    name: source,
  })
  const { metadata = {}, spec } = cronJob.spec.jobTemplate
  await createGenerated(call, {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: {
      name,
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...metadata.annotations },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: source,
          uid: cronJob.metadata?.uid ?? '',
          controller: true,
        },
      ],
    },
    spec,
    status: {},
  })
}
