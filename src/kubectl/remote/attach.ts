/** Joins our terminal to a container's process. Upstream: kubectl pkg/cmd/attach/attach.go. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { chooseContainer } from '#kubectl/pods/containers.ts'
import type { Container, Pod } from '#kubectl/pods/pod.ts'
import { detachable, detachSequence } from './detach-keys.ts'
import { podRequest } from './pod-request.ts'
import { runSession } from './session.ts'
import { setUpTty, sizesOf } from './tty.ts'

export interface AttachOptions {
  /** Empty: the default one. */
  readonly container: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly quiet: boolean
  /** Empty: ctrl-p,ctrl-q. */
  readonly detachKeys: string
}

const defaultDetachKeys = 'ctrl-p,ctrl-q'

const recorded =
  'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.'

export async function attach(call: Call, pod: Pod, options: AttachOptions): Promise<void> {
  const { io } = call
  const { quiet } = options
  const container = containerFor(call, pod, options)
  const wantsTty = options.tty && container.tty !== true
  if (wantsTty && !quiet) {
    io.stderr(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`)
  }
  // What was started with a terminal can only be shown in one.
  const tty = container.tty === true
  const { stdin, raw, terminal } = await setUpTty(io, { stdin: options.stdin, tty, quiet })
  if (!quiet) io.stderr(`${recorded}\nIf you don't see a command prompt, try pressing enter.\n`)
  const keys = options.detachKeys === '' ? defaultDetachKeys : options.detachKeys
  const input = stdin !== undefined && raw ? detachable(stdin, detachSequence(keys)) : stdin
  using _raw = raw ? terminal.raw() : undefined
  const streams = {
    stdin: input,
    stdout: (bytes: Buffer) => io.stdout(bytes),
    stderr: raw ? undefined : (bytes: Buffer) => io.stderr(bytes),
    tty: raw,
    // A size that differs makes what runs there draw its screen anew.
    sizes: raw
      ? sizesOf(terminal, ({ columns, rows }) => [{ columns: columns + 1, rows: rows + 1 }])
      : undefined,
  }
  const request = podRequest(pod, 'attach', { container: container.name, ...streams })
  await runSession(call, request, streams)
  if (!quiet && options.stdin && raw) io.stdout(`${reattachHint(pod, container)}\n`)
}

function containerFor(call: Call, pod: Pod, { container, quiet }: AttachOptions): Container {
  try {
    return chooseContainer(pod, { asked: container, quiet }, call.io)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`cannot attach to the container: ${error.message}`)
  }
}

function reattachHint(pod: Pod, { name }: Container): string {
  const { name: podName = '', namespace = '' } = pod.metadata ?? {}
  const line = `kubectl attach ${podName} -c ${name} -n ${namespace} -i -t`
  const isEphemeral = pod.spec?.ephemeralContainers?.some((one) => one.name === name) === true
  return isEphemeral
    ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${line}' if it is still running`
    : `Session ended, resume using '${line}' command`
}
