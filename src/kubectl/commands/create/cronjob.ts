/** `kubectl create cronjob`. Upstream: kubectl pkg/cmd/create/create_cronjob.go. */
import { string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { commandOf, createGenerated, generatorFlags, nameOf } from './generate.ts'
import { podTemplate } from './job.ts'

export const command: Command = {
  use: "create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  about: 'Create a cron job with the specified name.',
  examples: [
    ['Every five minutes', "kubectl create cronjob tick --image=busybox --schedule='*/5 * * * *'"],
  ],
  flags: [
    ...generatorFlags,
    string('image', 'Image to run.', { required: true }),
    string('restart', "Restart policy of the pods: 'OnFailure' or 'Never'."),
    string('schedule', 'When, in the format of cron.', { required: true }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const restart = flags.string('restart')
  const template = podTemplate({
    name,
    image: flags.string('image'),
    argv: commandOf(call),
    restartPolicy: restart === '' ? 'OnFailure' : restart,
  })
  await createGenerated(call, {
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    metadata: { name },
    spec: {
      schedule: flags.string('schedule'),
      jobTemplate: { metadata: { name }, spec: { template } },
    },
    status: {},
  })
}
