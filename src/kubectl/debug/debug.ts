/** Makes what a debugging session needs and attaches to it. Upstream: kubectl pkg/cmd/debug/debug.go. */
import { StatusError } from '#api/meta/status.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { randomSuffix } from '#api/meta/names.ts'
import type { Call } from '#kubectl/command.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import { CommandError, ExitError } from '#kubectl/errors.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { createObject, deleteObject, patchObject } from '#kubectl/objects/write.ts'
import { containersOf } from '#kubectl/pods/containers.ts'
import { logLines } from '#kubectl/pods/log.ts'
import { statusOfContainer } from '#kubectl/pods/pod.ts'
import type { Container, Pod } from '#kubectl/pods/pod.ts'
import { podUntil } from '#kubectl/pods/until.ts'
import { ephemeralContainer, ephemeralPatch, nodePod, podCopy } from './generate.ts'
import type { DebugOptions } from './options.ts'

interface Made {
  readonly pod: Pod
  /** Empty: there is nothing to attach to. */
  readonly container: string
}

const podMapping = localMapping('v1', 'Pod')

export async function debugObject(call: Call, info: Info, options: DebugOptions): Promise<void> {
  const { pod, container } = await make(call, info, options)
  if (options.attach && container !== '') await attachTo(call, { pod, container }, options)
}

async function make(call: Call, info: Info, options: DebugOptions): Promise<Made> {
  const { mapping } = info
  if (mapping.group === '' && mapping.kind === 'Node') return await onNode(call, info.name, options)
  if (mapping.group === '' && mapping.kind === 'Pod') {
    return options.copyTo === ''
      ? await inPod(call, info, options)
      : await inCopy(call, info, options)
  }
  const kind = `${apiVersionOf(mapping)}, Kind=${mapping.kind}`
  throw new CommandError(
    `${JSON.stringify(mapping.group === '' ? `/${kind}` : kind)} not supported by debug`,
  )
}

async function onNode(call: Call, node: string, options: DebugOptions): Promise<Made> {
  const { namespace } = await call.factory.namespace()
  const containerName = options.container === '' ? 'debugger' : options.container
  const podName = `node-debugger-${node}-${randomSuffix(5, call.io.random)}`
  if (!options.quiet) {
    call.io.stdout(
      `Creating debugging pod ${podName} with container ${containerName} on node ${node}.\n`,
    )
  }
  const pod = nodePod(node, options, { podName, containerName })
  const created = await createObject(call, { mapping: podMapping, namespace }, pod)
  return { pod: created, container: containerName }
}

async function inPod(call: Call, info: Info, options: DebugOptions): Promise<Made> {
  const pod: Pod = info.object
  const container = ephemeralContainer(pod, options, nameFor(call, pod, options))
  warnOfUser(call, container, pod)
  const { name, namespace } = info
  const patch = goJson(ephemeralPatch(pod, container))
  const changed = await patchObject(
    call,
    { mapping: podMapping, namespace, name },
    { type: 'strategic', patch },
    { subresource: 'ephemeralcontainers' },
  ).catch((error: unknown) => {
    throw withoutFeature(error)
  })
  return { pod: changed, container: container.name }
}

/** A server that has no such subresource does not say whose it is. */
function withoutFeature(error: unknown): unknown {
  if (!(error instanceof StatusError) || error.reason !== 'NotFound') return error
  if ((error.status.details?.name ?? '') !== '') return error
  return new CommandError(
    `ephemeral containers are disabled for this cluster (error from server: ${JSON.stringify(error.message)})`,
  )
}

async function inCopy(call: Call, info: Info, options: DebugOptions): Promise<Made> {
  const original: Pod = info.object
  const { pod, container } = podCopy(original, options, (copy) => nameFor(call, copy, options))
  if (container !== undefined) warnOfUser(call, container, pod)
  const { namespace, name } = info
  const created = await createObject(call, { mapping: podMapping, namespace }, pod)
  if (options.replace) {
    await deleteObject(call, { mapping: podMapping, namespace, name }, { gracePeriodSeconds: 0 })
  }
  return { pod: created, container: container?.name ?? '' }
}

/** One that the pod does not have yet. */
function nameFor({ io }: Call, pod: Pod, { container, quiet }: DebugOptions): string {
  if (container !== '') return container
  let name: string
  do name = `debugger-${randomSuffix(5, io.random)}`
  while (containersOf(pod).some((one) => one.name === name))
  if (!quiet) io.stdout(`Defaulting debug container name to ${name}.\n`)
  return name
}

interface Security {
  readonly runAsUser?: number
  readonly privileged?: boolean
  readonly capabilities?: { readonly add?: readonly string[] }
}

function warnOfUser({ io }: Call, container: Container, { spec = {} }: Pod): void {
  const user = (spec['securityContext'] as Security | undefined)?.runAsUser ?? 0
  const own = container['securityContext'] as Security | undefined
  const isGranted = own?.privileged === true || (own?.capabilities?.add ?? []).length > 0
  if (user === 0 || own === undefined || own.runAsUser === 0 || !isGranted) return
  io.stderr(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  )
}

/** Its log when it has ended or cannot be attached to. */
async function attachTo(
  call: Call,
  { pod, container }: Made,
  options: DebugOptions,
): Promise<void> {
  const { io } = call
  const { namespace = '', name = '' } = pod.metadata ?? {}
  const isSo = (seen: Pod): boolean => {
    const { state } = statusOfContainer(seen, container) ?? {}
    if (state?.running !== undefined || state?.terminated !== undefined) return true
    const message = state?.waiting?.message ?? ''
    if (!options.quiet && message !== '') io.stderr(`Warning: container ${container}: ${message}\n`)
    return false
  }
  const found = await podUntil(call, { namespace, name }, { timeoutMs: 0, isSo })
  const log = async (): Promise<void> => {
    const request = { pod: found, query: { container }, signal: io.signal }
    for await (const line of logLines(call, request)) io.stdout(line)
  }
  if (statusOfContainer(found, container)?.state?.terminated !== undefined) return await log()
  const { attach } = await import('#kubectl/remote/attach.ts')
  const { stdin, tty, quiet } = options
  try {
    await attach(call, found, { container, stdin, tty, quiet, detachKeys: '' })
  } catch (error) {
    if (error instanceof ExitError) throw error
    const why = error instanceof Error ? error.message : String(error)
    io.stderr(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${why}\n`)
    await log()
  }
}
