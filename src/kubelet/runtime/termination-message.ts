/** What a container left to be said of its end. Upstream: kuberuntime_container.go, getTerminationMessage. */
import { open } from 'node:fs/promises'
import type { ContainerStatus } from '#cri/messages.gen.ts'
import { limits } from '#kubelet/limits.ts'
import { readAnnotations } from './labels.ts'

/** From the container's own file, or from the end of its log where its policy says so. */
export async function terminationMessage(status: ContainerStatus): Promise<string> {
  const { terminationMessagePath: path, terminationMessagePolicy } = readAnnotations(
    status.annotations,
  )
  const fallback =
    terminationMessagePolicy === 'FallbackToLogsOnError' &&
    status.exitCode !== 0 &&
    status.reason !== 'ContainerCannotRun'
  const mount = status.mounts.find(({ containerPath }) => containerPath === path)
  if (path !== '' && mount !== undefined) {
    try {
      const text = (await readEnd(mount.hostPath, limits.terminationMessageBytesMax)).toString()
      if (text !== '') return text
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return `Error on reading termination log ${mount.hostPath}: ${reason}`
    }
  }
  return fallback ? logEnd(status.logPath) : ''
}

async function logEnd(path: string): Promise<string> {
  try {
    // A line of the log carries a time and a stream before its text.
    const text = (await readEnd(path, 8 * limits.terminationLogBytesMax)).toString()
    return parseLogEnd(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `Error on reading termination message from logs: ${reason}`
  }
}

/** The last lines of a CRI log, without their headers. */
export function parseLogEnd(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '')
  const messages = lines.slice(-limits.terminationLogLinesMax).map((line) => {
    const match = /^\S+ (?:stdout|stderr) ([FP])\S* (.*)$/.exec(line)
    if (match === null) return ''
    return match[1] === 'P' ? (match[2] ?? '') : `${match[2] ?? ''}\n`
  })
  return Buffer.from(messages.join('')).subarray(-limits.terminationLogBytesMax).toString()
}

async function readEnd(path: string, bytesMax: number): Promise<Buffer> {
  await using file = await open(path)
  const { size } = await file.stat()
  const length = Math.min(size, bytesMax)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.subarray(0, bytesRead)
}
