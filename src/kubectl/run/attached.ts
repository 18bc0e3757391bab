/**
 * `kubectl run --attach`: waits for what was started, shows it, ends as it does.
 * Upstream: kubectl pkg/cmd/run/run.go (Run, handleAttachPod, waitForPod).
 */
import { timestamp } from '#base/clock.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError, ExitError, PlainError } from '#kubectl/errors.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { chooseContainer, containerToLog } from '#kubectl/pods/containers.ts'
import { logLines } from '#kubectl/pods/log.ts'
import { podOf } from '#kubectl/pods/of-workload.ts'
import { isCompleted, isReady } from '#kubectl/pods/pod.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { podUntil } from '#kubectl/pods/until.ts'
import { attach } from '#kubectl/remote/attach.ts'
import type { Query } from '#kubectl/rest/rest-client.ts'

const limits = {
  /** What was printed before we attach is not waited for longer. */
  earlierLogMs: 5000,
} as const

/** Rejects with the exit code of a pod that is not started again and fails. */
export async function runAttached(call: Call, started: Info): Promise<void> {
  const { flags } = call
  const found = await podOf(call, started)
  const { namespace = '', name = '' } = found.metadata ?? {}
  const timeoutMs = flags.durationMs('pod-running-timeout')
  const place = { namespace, name }
  const pod = await podUntil(call, place, {
    timeoutMs,
    isSo: (pod) => isCompleted(pod) || (pod.status?.phase === 'Running' && isReady(pod)),
  })
  if (isCompleted(pod)) await printLog(call, pod, { container: containerOf(call, pod) })
  else await show(call, pod)
  const restart = flags.string('restart')
  if (flags.bool('leave-stdin-open') || restart === 'Always') return
  const ended = await podUntil(call, place, {
    timeoutMs,
    isSo: (pod) => (restart === 'Never' ? isCompleted(pod) : pod.status?.phase === 'Succeeded'),
  })
  failAs(ended)
}

/** What it has printed, then what it prints; its log when it cannot be attached to. */
async function show(call: Call, pod: Pod): Promise<void> {
  const { flags, io } = call
  const sinceTime = await printEarlierLog(call, pod)
  try {
    await attach(call, pod, {
      container: '',
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
      detachKeys: flags.string('detach-keys'),
    })
  } catch (error) {
    if (error instanceof ExitError) throw error
    const why = error instanceof Error ? error.message : String(error)
    io.stderr(
      `warning: couldn't attach to pod/${pod.metadata?.name ?? ''}, falling back to streaming logs: ${why}\n`,
    )
    const { name: container } = containerToLog(pod, { quiet: false }, io)
    await printLog(call, pod, { container, ...(sinceTime !== undefined && { sinceTime }) })
  }
}

/** The time until which the log is printed. */
async function printEarlierLog(call: Call, pod: Pod): Promise<string | undefined> {
  const { io } = call
  const deadline = new AbortController()
  using _timer = io.clock.after(limits.earlierLogMs, () => deadline.abort())
  try {
    await printLog(call, pod, { container: containerOf(call, pod) }, deadline.signal)
    return timestamp(io.clock.nowMs())
  } catch (error) {
    const why = deadline.signal.aborted ? 'context deadline exceeded' : (error as Error).message
    io.stderr(`warning: couldn't fetch pre-attach logs: ${why}\n`)
    return undefined
  }
}

function containerOf({ flags, io }: Call, pod: Pod): string {
  return chooseContainer(pod, { asked: '', quiet: flags.bool('quiet') }, io).name
}

async function printLog(
  call: Call,
  pod: Pod,
  query: Query,
  signal: AbortSignal = call.io.signal,
): Promise<void> {
  for await (const line of logLines(call, { pod, query, signal })) call.io.stdout(line)
}

function failAs({ metadata, status }: Pod): void {
  const which = `pod ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
  if (status?.phase === 'Succeeded') return
  if (status?.phase !== 'Failed') {
    throw new CommandError(`${which} left in phase ${status?.phase ?? ''}`)
  }
  const terminated = status.containerStatuses?.[0]?.state?.terminated
  if (terminated === undefined || terminated.exitCode === 0) {
    throw new CommandError(`${which} failed with unknown exit code`)
  }
  const { exitCode, reason = '', message = '' } = terminated
  throw new PlainError(`${which} terminated (${reason})\n${message}`, exitCode)
}
