/** `kubectl logs`. Upstream: kubectl pkg/cmd/logs/logs.go, pkg/polymorphichelpers/logsforobject.go. */
import { StatusError } from '#api/meta/status.ts'
import { bool, duration, int, string } from '#kubectl/command-line/flag.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import { select } from '#kubectl/objects/selection.ts'
import { containersOf, containerToLog, describeContainers } from '#kubectl/pods/containers.ts'
import { logLines } from '#kubectl/pods/log.ts'
import { podsToLog } from '#kubectl/pods/of-workload.ts'
import type { Pod } from '#kubectl/pods/pod.ts'

export const command: Command = {
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  about:
    'Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.',
  examples: [
    ['Print the logs of a pod', 'kubectl logs web-1'],
    ['Follow one container', 'kubectl logs -f -c sidecar web-1'],
    ['Of all containers of all pods with a label', 'kubectl logs -l app=web --all-containers'],
  ],
  flags: [
    selectorFlag,
    bool('all-containers', 'Of all containers of the pods.'),
    bool('all-pods', 'Of all pods of the resource; sets --prefix.'),
    string('container', 'Container of the pod.', { short: 'c' }),
    bool('follow', 'Go on as the logs grow.', { short: 'f' }),
    bool('ignore-errors', 'With --follow: go on after a failure.'),
    bool('insecure-skip-tls-verify-backend', 'Let the API server not check the kubelet.'),
    int('limit-bytes', 'Most bytes to print; 0: all.'),
    int('max-log-requests', 'Most logs to follow at once.', { default: 5 }),
    duration('pod-running-timeout', 'How long to wait until a pod runs.', { default: '20s' }),
    bool('prefix', 'Begin each line with pod and container.'),
    bool('previous', 'Of the container that ran before.', { short: 'p' }),
    duration('since', 'Only lines younger than this.'),
    string('since-time', 'Only lines after this time (RFC3339).'),
    int('tail', 'Only the last lines; -1: all, with a selector 10.', { default: -1 }),
    bool('timestamps', 'Begin each line with its time.'),
  ],
  run,
}

interface Source {
  readonly pod: Pod
  readonly container: string
}

async function run(call: Call): Promise<void> {
  validate(call)
  await validateTimes(call)
  const { flags } = call
  const sources = await sourcesOf(call)
  const max = flags.int('max-log-requests')
  if (!flags.bool('follow')) {
    for (const source of sources) await print(call, source)
    return
  }
  if (sources.length > max) {
    throw new CommandError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${max}, use --max-log-requests to increase the limit`,
    )
  }
  await Promise.all(sources.map((source) => print(call, source)))
}

function validate({ flags, args }: Call): void {
  const selector = flags.string('selector')
  if (args.length === 0 && selector === '') {
    throw new UsageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    )
  }
  if (args.length > 0 && selector !== '') {
    throw new UsageError('only a selector (-l) or a POD name is allowed')
  }
  if (args.length > 2) {
    throw new UsageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    )
  }
  if (flags.given('since') && flags.given('since-time')) {
    throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified')
  }
  const container = args[1] ?? flags.string('container')
  if (flags.bool('all-containers') && container !== '') {
    throw new CommandError(
      `--all-containers=true should not be specified with container name ${container}`,
    )
  }
  if (flags.given('container') && args.length === 2) {
    throw new CommandError('only one of -c or an inline [CONTAINER] arg is allowed')
  }
  if (flags.int('tail') < -1) {
    throw new CommandError('--tail must be greater than or equal to -1')
  }
  if (flags.int('limit-bytes') < 0) {
    throw new CommandError('--limit-bytes must be greater than 0')
  }
  if (sinceSeconds(flags) < 0) throw new CommandError('--since must be greater than 0')
  if (flags.durationMs('pod-running-timeout') <= 0) {
    throw new CommandError('--pod-running-timeout must be higher than zero')
  }
}

async function validateTimes({ flags }: Call): Promise<void> {
  const time = flags.string('since-time')
  if (time === '') return
  const { parseTime, TimeError } = await import('#api/meta/time.ts')
  try {
    parseTime(time)
  } catch (error) {
    throw error instanceof TimeError ? new CommandError(error.message) : error
  }
}

/** Whole seconds, rounded as Go rounds durations. */
function sinceSeconds(flags: Call['flags']): number {
  const seconds = flags.durationMs('since') / 1000
  return Math.sign(seconds) * Math.round(Math.abs(seconds))
}

async function sourcesOf(call: Call): Promise<readonly Source[]> {
  const { flags, args, io } = call
  const selector = flags.string('selector')
  const [word = '', second] = args
  const selection = await select(call, {
    args: selector === '' ? (word.includes('/') ? [word] : ['pods', word]) : ['pods'],
    selector,
  })
  const infos = await fetchAll(call, selection).catch(async (error: unknown) => {
    throw await notFound(call, error)
  })
  if (infos.length === 0) {
    const { namespace } = await call.factory.namespace()
    io.stderr(`No resources found in ${namespace} namespace.\n`)
  }
  const sources: Source[] = []
  for (const info of infos) {
    const pods = await podsToLog(call, info)
    const [first] = pods
    if (first === undefined) {
      throw new CommandError('timed out waiting for the condition')
    }
    if (pods.length > 1 && !flags.bool('all-pods')) {
      io.stderr(`Found ${pods.length} pods, using pod/${first.metadata?.name ?? ''}\n`)
    }
    for (const pod of flags.bool('all-pods') ? pods : [first]) {
      sources.push(...containers(call, pod, second))
    }
  }
  return sources
}

function containers(call: Call, pod: Pod, given: string | undefined): readonly Source[] {
  const { flags, io } = call
  if (flags.bool('all-containers'))
    return containersOf(pod).map(({ name }) => ({ pod, container: name }))
  const asked = given ?? flags.string('container')
  if (asked === '') {
    const quiet = flags.bool('all-pods')
    return [{ pod, container: containerToLog(pod, { quiet }, io).name }]
  }
  if (!containersOf(pod).some(({ name }) => name === asked)) {
    throw new CommandError(
      `container ${asked} is not valid for pod ${pod.metadata?.name ?? ''} out of: ${describeContainers(pod)}`,
    )
  }
  return [{ pod, container: asked }]
}

async function notFound({ factory }: Call, error: unknown): Promise<unknown> {
  if (!(error instanceof StatusError) || error.reason !== 'NotFound') return error
  const { namespace } = await factory.namespace()
  return new CommandError(
    `error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`,
  )
}

async function print(call: Call, { pod, container }: Source): Promise<void> {
  const { flags, io } = call
  const { name = '' } = pod.metadata ?? {}
  const prefix = flags.bool('prefix') || flags.bool('all-pods') ? `[pod/${name}/${container}] ` : ''
  try {
    const request = { pod, query: query(call, container), signal: io.signal }
    for await (const line of logLines(call, request)) {
      io.stdout(prefix === '' ? line : prefix + line.toString())
    }
  } catch (error) {
    if (!flags.bool('ignore-errors')) throw error
    io.stdout(`error: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function query({ flags }: Call, container: string) {
  const tail = flags.int('tail')
  const lineCount = flags.string('selector') !== '' && !flags.given('tail') ? 10 : tail
  const on = (name: string, key: string) => (flags.bool(name) ? { [key]: 'true' } : {})
  return {
    ...(container !== '' && { container }),
    ...on('follow', 'follow'),
    ...on('previous', 'previous'),
    ...on('timestamps', 'timestamps'),
    ...on('insecure-skip-tls-verify-backend', 'insecureSkipTLSVerifyBackend'),
    ...(flags.int('limit-bytes') > 0 && { limitBytes: String(flags.int('limit-bytes')) }),
    ...(flags.durationMs('since') !== 0 && { sinceSeconds: String(sinceSeconds(flags)) }),
    ...(flags.string('since-time') !== '' && { sinceTime: flags.string('since-time') }),
    ...(lineCount >= 0 && { tailLines: String(lineCount) }),
  }
}
