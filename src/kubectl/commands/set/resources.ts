/** `kubectl set resources`. Upstream: kubectl pkg/cmd/set/set_resources.go. */
import { string } from '#kubectl/command-line/flag.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { resourceList } from '#kubectl/generators/resource-list.ts'
import {
  changeAll,
  containersFlag,
  refuseLocalOnServer,
  setFlags,
  settableObjects,
  settingOf,
} from '#kubectl/set/change.ts'
import { containersLike, podSpecOf } from '#kubectl/set/pod-spec.ts'

const example = "for example 'cpu=100m,memory=256Mi'. The server may add to them."

export const command: Command = {
  use: 'set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  about: `Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.

 A pod that is scheduled has what it requests, and may use what its limits allow. A request that is not given
 is the limit.`,
  examples: [
    [
      'Limits of one container',
      'kubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi',
    ],
    ['Requests of all', 'kubectl set resources deployment nginx --requests=cpu=100m,memory=256Mi'],
  ],
  flags: [
    ...setFlags,
    selectorFlag,
    containersFlag,
    string('limits', `Limits of the containers, ${example}`),
    string('requests', `Requests of the containers, ${example}`),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const setting = await settingOf(call, 'resource requirements updated')
  const infos = await settableObjects(call, call.args)
  refuseLocalOnServer(call, setting)
  if (flags.bool('all') && flags.string('selector') !== '') {
    throw new CommandError('cannot set --all and --selector at the same time')
  }
  const [limitsText, requestsText] = [flags.string('limits'), flags.string('requests')]
  if (limitsText === '' && requestsText === '') {
    throw new CommandError(
      'you must specify an update to requests or limits (in the form of --requests/--limits)',
    )
  }
  const limits = resourceList(limitsText)
  const requests = resourceList(requestsText)
  await changeAll(call, {
    setting,
    infos,
    failure: 'failed to patch resources update to pod template ',
    change(object, problems) {
      const names = flags.string('containers')
      const containers = containersLike(podSpecOf(object), names)
      if (containers.length === 0) {
        problems.push(new CommandError(`error: unable to find container named ${names}`))
        return false
      }
      for (const container of containers) {
        const { resources = {} } = container
        const merged = {
          ...resources,
          ...(limitsText !== '' && { limits: { ...resources.limits, ...limits } }),
          ...(requestsText !== '' && { requests: { ...resources.requests, ...requests } }),
        }
        container.resources = merged
      }
      return true
    },
  })
}
