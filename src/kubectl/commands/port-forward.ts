/** `kubectl port-forward`. Upstream: kubectl pkg/cmd/portforward/portforward.go. */
import { strings } from '#kubectl/command-line/flag.ts'
import { podRunningTimeoutFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { podOf } from '#kubectl/pods/of-workload.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { checkPodRunningTimeout, targetOf, typeAndName } from '#kubectl/pods/target.ts'

export const command: Command = {
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  about: `Forward one or more local ports to a pod.

 Of a workload or a service one pod is chosen. The session ends with that pod; run the command again to go on.`,
  examples: [
    ['Two ports of a pod', 'kubectl port-forward pod/web-1 5000 6000'],
    ['Another local port, to one that a service names', 'kubectl port-forward svc/web 8443:https'],
    ['Any local port', 'kubectl port-forward pod/web-1 :5000'],
    ['Reachable from other machines', 'kubectl port-forward --address 0.0.0.0 pod/web-1 8888:5000'],
  ],
  flags: [
    strings(
      'address',
      'Addresses to listen on: IP addresses or localhost, which is 127.0.0.1 and ::1, as far as they can be had.',
      { default: ['localhost'] },
    ),
    podRunningTimeoutFlag('1m0s'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const [target, ...words] = call.args
  if (target === undefined || words.length === 0) {
    throw new UsageError('TYPE/NAME and list of ports are required for port-forward')
  }
  checkPodRunningTimeout(call)
  const info = await targetOf(call, { args: [typeAndName(target)] })
  const found = await podOf(call, info)
  const { portsOfPod, portsOfService } = await import('#kubectl/port-forward/ports.ts')
  const isService = info.mapping.kind === 'Service' && info.mapping.group === ''
  const ports = isService ? portsOfService(words, info.object, found) : portsOfPod(words, found)
  const pod = await running(call, found)
  const { parseAddresses } = await import('#kubectl/port-forward/listen.ts')
  const addresses = parseAddresses(call.flags.strings('address'))
  const { forward } = await import('#kubectl/port-forward/forward.ts')
  await forward(call, pod, { addresses, ports })
}

/** The pod as it is now. */
async function running(call: Call, { metadata }: Pod): Promise<Pod> {
  const { name = '', namespace = '' } = metadata ?? {}
  const mapping = localMapping('v1', 'Pod')
  const pod = await getObject<Pod>(await call.factory.rest(), { mapping, namespace, name })
  if (pod.status?.phase === 'Running') return pod
  throw new CommandError(
    `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`,
  )
}
