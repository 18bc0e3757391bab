/** Executes in a container of a pod. Upstream: kubectl pkg/cmd/exec/exec.go, Run. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { chooseContainer } from '#kubectl/pods/containers.ts'
import { isCompleted } from '#kubectl/pods/pod.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { podRequest } from './pod-request.ts'
import { runSession } from './session.ts'
import type { SessionStreams } from './session.ts'
import { setUpTty, sizesOf } from './tty.ts'

export interface ExecOptions {
  /** Empty: the default one. */
  readonly container: string
  readonly command: readonly string[]
  readonly quiet: boolean
}

/** With our own standard streams; a terminal where one is wanted and there is one. */
export async function execInteractively(
  call: Call,
  pod: Pod,
  options: ExecOptions & { readonly stdin: boolean; readonly tty: boolean },
): Promise<void> {
  const { io } = call
  const container = containerFor(pod, options, (text) => io.stderr(text))
  const { stdin, raw, terminal } = await setUpTty(io, options)
  using _raw = raw ? terminal.raw() : undefined
  await exec(call, pod, {
    command: options.command,
    container,
    stdin,
    stdout: (bytes) => io.stdout(bytes),
    stderr: raw ? undefined : (bytes) => io.stderr(bytes),
    tty: raw,
    sizes: raw ? sizesOf(terminal) : undefined,
  })
}

/** With streams that are not the user's. */
export async function execIn(
  call: Call,
  pod: Pod,
  options: ExecOptions &
    Pick<SessionStreams, 'stdin' | 'stdout' | 'stderr'> & {
      /** Where it is told which container is meant. */
      readonly tell: (text: string) => void
    },
): Promise<void> {
  const { command, stdin, stdout, stderr, tell } = options
  const container = containerFor(pod, options, tell)
  await exec(call, pod, {
    command,
    container,
    stdin,
    stdout,
    stderr,
    tty: false,
    sizes: undefined,
  })
}

function containerFor(
  pod: Pod,
  { container, quiet }: ExecOptions,
  tell: (text: string) => void,
): string {
  if (isCompleted(pod)) {
    throw new CommandError(
      `cannot exec into a container in a completed pod; current phase is ${pod.status?.phase ?? ''}`,
    )
  }
  return chooseContainer(pod, { asked: container, quiet }, { stderr: (text) => tell(String(text)) })
    .name
}

async function exec(
  call: Call,
  pod: Pod,
  options: SessionStreams & { readonly container: string; readonly command: readonly string[] },
): Promise<void> {
  const { container, command, ...streams } = options
  await runSession(call, podRequest(pod, 'exec', { container, command, ...streams }), streams)
}
