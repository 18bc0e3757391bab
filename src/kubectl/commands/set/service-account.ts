/** `kubectl set serviceaccount`. Upstream: kubectl pkg/cmd/set/set_serviceaccount.go. */
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { changeAll, setFlags, settableObjects, settingOf } from '#kubectl/set/change.ts'
import { podSpecOf } from '#kubectl/set/pod-spec.ts'

export const command: Command = {
  use: 'set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  about: `Update the service account of pod template resources.

 Possible resources (case insensitive) can be:

  replicationcontroller (rc), deployment (deploy), daemonset (ds), job, replicaset (rs), statefulset`,
  examples: [['Of a deployment', 'kubectl set serviceaccount deployment nginx builder']],
  flags: setFlags,
  run,
}

async function run(call: Call): Promise<void> {
  const setting = await settingOf(call, 'serviceaccount updated')
  const serviceAccountName = call.args.at(-1)
  if (serviceAccountName === undefined) throw new CommandError('serviceaccount is required')
  const resources = call.args.slice(0, -1)
  const infos = await settableObjects(call, resources, { refusesArgs: false })
  await changeAll(call, {
    setting,
    infos,
    failure: 'failed to patch ServiceAccountName ',
    sendsUnchanged: true,
    change(object) {
      podSpecOf(object).serviceAccountName = serviceAccountName
      return true
    },
  })
}
