/** `kubectl set env`. Upstream: kubectl pkg/cmd/set/set_env.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { array, bool, string, strings } from '#kubectl/command-line/flag.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import {
  changeAll,
  containersFlag,
  refuseLocalOnServer,
  setFlags,
  settableObjects,
  settingOf,
} from '#kubectl/set/change.ts'
import {
  changedEnvironment,
  parseEnvironment,
  refuseOverwrites,
  splitEnvironment,
} from '#kubectl/set/environment.ts'
import type { EnvironmentChange } from '#kubectl/set/environment.ts'
import { containersLike, podSpecOf } from '#kubectl/set/pod-spec.ts'

export const command: Command = {
  use: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  about: `Update environment variables on a pod template.

 KEY=VALUE sets a variable, KEY- takes it away, - reads variables from standard input, one a line. --from takes the
 keys of a config map or secret. --list shows what there is.

 Possible resources include (case insensitive):

  pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)`,
  examples: [
    ['Set one', 'kubectl set env deployment/registry STORAGE_DIR=/local'],
    ['List them', 'kubectl set env deployment/registry --list'],
    ['From a secret', 'kubectl set env --from=secret/mysecret deployment/myapp'],
    ['From this shell', 'env | grep RAILS_ | kubectl set env -e - deployment/registry'],
  ],
  flags: [
    ...setFlags,
    selectorFlag,
    containersFlag,
    array('env', 'A variable to set, KEY=VALUE.', { short: 'e' }),
    string('from', 'Config map or secret whose keys become variables.'),
    strings('keys', 'The keys of --from that are taken. Default: all.'),
    bool('list', 'Show the variables, with the changes.'),
    bool('overwrite', 'Change variables that are there with another value.', { default: true }),
    string('prefix', 'Put before the name of each variable.'),
    bool('resolve', 'With --list: show what references stand for.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  if (flags.bool('all') && flags.string('selector') !== '') {
    throw new CommandError('cannot set --all and --selector at the same time')
  }
  const { resources, changes } = splitEnvironment(call.args)
  const setting = await settingOf(call, 'env updated')
  refuseLocalOnServer(call, setting)
  validate(call, resources)
  const parsed = await parseEnvironment([...flags.strings('env'), ...changes], () => io.readStdin())
  const change = await withSources(call, parsed)
  const infos = await settableObjects(call, resources, { refusesArgs: false })
  if (flags.bool('list')) {
    for (const { object } of infos) await list(call, object, change)
    return
  }
  await changeAll(call, {
    setting,
    infos,
    failure: 'failed to patch env update to pod template: ',
    change: (object) => changeOne(call, object, change),
    afterSending() {
      if (change.set.length > 0 || changes.length > 0) return
      throw new CommandError('at least one environment variable must be provided')
    },
  })
}

function validate({ flags }: Call, resources: readonly string[]): void {
  if (flags.strings('filename').length === 0 && resources.length === 0) {
    throw new CommandError(
      'one or more resources must be specified as <resource> <name> or <resource>/<name>',
    )
  }
  if (flags.bool('list') && flags.string('output') !== '') {
    throw new CommandError('--list and --output may not be specified together')
  }
  if (flags.strings('keys').length > 0 && flags.string('from') === '') {
    throw new CommandError(
      'when specifying --keys, a configmap or secret must be provided with --from',
    )
  }
}

async function withSources(call: Call, parsed: EnvironmentChange): Promise<EnvironmentChange> {
  const { flags } = call
  const from = flags.string('from')
  const prefix = flags.string('prefix')
  let { set } = parsed
  if (from !== '') {
    const { variablesFrom } = await import('#kubectl/set/environment-source.ts')
    set = [...set, ...(await variablesFrom(call, from))]
  }
  return { ...parsed, set: set.map((one) => ({ ...one, name: `${prefix}${one.name}` })) }
}

/** False when no container is meant. */
function changeOne({ flags, io }: Call, object: KubeObject, change: EnvironmentChange): boolean {
  const names = flags.string('containers')
  const containers = containersLike(podSpecOf(object), names)
  if (containers.length === 0) {
    const subject = `${object.kind ?? ''}/${object.metadata?.name ?? ''}`
    io.stderr(`Warning: ${subject} does not have any containers matching ${goQuote(names)}\n`)
  }
  for (const container of containers) {
    const before = container.env ?? []
    if (!flags.bool('overwrite')) refuseOverwrites(before, change.set)
    container.env = changedEnvironment(before, change)
  }
  return true
}

/** What cannot be changed is not listed, and nothing is said of it. */
async function list(call: Call, object: KubeObject, change: EnvironmentChange): Promise<void> {
  const { listEnvironment } = await import('#kubectl/set/environment-list.ts')
  const changed = structuredClone(object)
  try {
    changeOne(call, changed, change)
  } catch (error) {
    if (error instanceof CommandError) return
    throw error
  }
  const containers = containersLike(podSpecOf(changed), call.flags.string('containers'))
  for (const container of containers) await listEnvironment(call, changed, container)
}
