/** Copies by a tar in the container. Upstream: kubectl pkg/cmd/cp/cp.go. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Call } from '#kubectl/command.ts'
import { CommandError, ExitError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { execIn } from '#kubectl/remote/exec.ts'
import type { ExecOptions } from '#kubectl/remote/exec.ts'
import type { SessionStreams } from '#kubectl/remote/session.ts'
import { archivePrefix, clean, join } from './file-spec.ts'
import type { FileSpec } from './file-spec.ts'
import { packed } from './pack.ts'
import { unpack } from './unpack.ts'

type Streams = Pick<SessionStreams, 'stdin' | 'stdout' | 'stderr'>

export async function copyToPod(call: Call, from: FileSpec, to: FileSpec): Promise<void> {
  const { io, flags } = call
  if (!existsSync(from.path)) {
    throw new CommandError(`${from.path} doesn't exist in local filesystem`)
  }
  const destination = (await isFolder(call, to))
    ? join(to.path, posix.basename(from.path))
    : to.path
  const archive = packed(from.path, destination)
  const failed = Promise.withResolvers<never>()
  archive.once('error', failed.reject)
  const permissions = flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : []
  const folder = clean(posix.dirname(destination))
  const command = ['tar', ...permissions, '-xmf', '-', '-C', folder]
  const done = execAt(
    call,
    to,
    { command, quiet: false },
    {
      stdin: archive,
      stdout: (bytes) => io.stdout(bytes),
      stderr: (bytes) => io.stderr(bytes),
    },
  )
  await Promise.race([done, failed.promise])
}

/** What is wrong with the pod is told by the copy itself. */
async function isFolder(call: Call, { path, ...at }: FileSpec): Promise<boolean> {
  const ignore = (): void => undefined
  const options = { command: ['test', '-d', path], quiet: true }
  try {
    await execAt(call, { path, ...at }, options, {
      stdin: undefined,
      stdout: ignore,
      stderr: ignore,
    })
    return true
  } catch (error) {
    if (error instanceof ExitError) throw error
    return false
  }
}

export async function copyFromPod(call: Call, from: FileSpec, to: FileSpec): Promise<void> {
  await unpack(
    archiveOf(call, from),
    {
      namespace: from.namespace,
      pod: from.pod,
      source: from.path,
      prefix: archivePrefix(from.path),
      destination: to.path,
    },
    call.io,
  )
}

/** A stream that breaks off is asked for again from where it broke, as often as --retries says. */
async function* archiveOf(call: Call, from: FileSpec): AsyncGenerator<Uint8Array> {
  const { io, flags } = call
  const max = flags.int('retries')
  const end = new EndOfArchive()
  for (let retries = 0; ;) {
    const offset = retries === 0 ? 0 : end.bytes + 1
    const command =
      max === 0
        ? ['tar', 'cf', '-', from.path]
        : ['sh', '-c', `tar cf - ${from.path} | tail -c+${offset}`]
    for await (const bytes of outputOf(call, from, command)) {
      end.see(bytes)
      yield bytes
    }
    if (end.isThere) return
    if (max >= 0 && retries >= max) {
      io.stdout(`Dropping out copy after ${retries} retries\n`)
      throw new CommandError('unexpected EOF')
    }
    retries += 1
    io.stdout(`Resuming copy at ${end.bytes} bytes, retry ${retries}/${max}\n`)
  }
}

/** An archive ends with two blocks of zeros; what has none was cut off. */
class EndOfArchive {
  bytes = 0
  #zeros = 0

  see(bytes: Uint8Array): void {
    this.bytes += bytes.length
    const last = bytes.findLastIndex((byte) => byte !== 0)
    this.#zeros = last < 0 ? this.#zeros + bytes.length : bytes.length - 1 - last
  }

  get isThere(): boolean {
    return this.#zeros >= 1024
  }
}

async function* outputOf(
  call: Call,
  at: FileSpec,
  command: readonly string[],
): AsyncGenerator<Uint8Array> {
  const output = new PassThrough()
  const stdout = (bytes: Buffer): void | Promise<void> => {
    if (output.write(bytes)) return
    return new Promise((resolve) => output.once('drain', resolve))
  }
  // Upstream shows what tar complains of on standard output.
  const stderr = (bytes: Buffer | string): void => call.io.stdout(bytes)
  const done = execAt(
    call,
    at,
    { command, quiet: false, tell: stderr },
    {
      stdin: undefined,
      stdout,
      stderr,
    },
  )
  done.then(
    () => output.end(),
    (error: Error) => output.destroy(error),
  )
  yield* output
  await done
}

interface At extends Pick<ExecOptions, 'command' | 'quiet'> {
  readonly tell?: (text: string) => void
}

async function execAt(
  call: Call,
  { pod: name, namespace }: FileSpec,
  { tell = (text) => call.io.stderr(text), ...options }: At,
  streams: Streams,
): Promise<void> {
  const place = namespace === '' ? (await call.factory.namespace()).namespace : namespace
  const mapping = localMapping('v1', 'Pod')
  const rest = await call.factory.rest()
  const pod = await getObject<Pod>(rest, { mapping, namespace: place, name })
  const container = call.flags.string('container')
  await execIn(call, pod, { ...options, ...streams, container, tell })
}
