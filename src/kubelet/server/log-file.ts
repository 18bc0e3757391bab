/**
 * A container's log file in CRI's format, `TIME STREAM F|P TEXT`, read from where the caller asks and
 * followed while the container runs. Upstream: pkg/kubelet/kuberuntime/logs/logs.go.
 */
import { watch } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface LogOptions {
  readonly follow: boolean
  readonly timestamps: boolean
  /** Only the last so many; undefined: all. */
  readonly tailLines: number | undefined
  /** Only lines not before this time. */
  readonly sinceMs: number | undefined
  readonly limitBytes: number | undefined
  readonly stream: 'All' | 'Stdout' | 'Stderr'
}

export interface LogSource {
  readonly path: string
  /** Whether more may come. */
  running(): boolean
  /** Calls back when the container may have ended. */
  onChange(fn: () => void): Disposable
}

const limits = {
  chunkBytes: 64 << 10,
  /** A line that never ends (a broken file) is passed on in pieces. */
  lineBytesMax: 1 << 20,
} as const

/** The text, in chunks. Ends at the end of the file, or of the container when it follows. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const budget = { left: options.limitBytes ?? Infinity }
  using changes = options.follow ? new Changes(source, signal) : undefined
  let file: FileHandle | undefined = await openLog(source.path)
  try {
    let position =
      file === undefined || options.tailLines === undefined
        ? 0
        : await tailOffset(file, options.tailLines)
    let pending: Buffer = Buffer.alloc(0)
    while (!signal.aborted && budget.left > 0) {
      // Before reading: what is written between a last read and the end must not be missed.
      const mayGrow = options.follow && source.running()
      const { bytes, next } = await readFrom(file, position)
      position = next
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
      const { text, rest } = takeLines(pending, options)
      pending = rest
      if (text.length > 0) yield spend(text, budget)
      if (bytes.length > 0) continue
      if (!mayGrow) return
      await changes?.next()
      const replaced = await reopen(file, source.path, position)
      if (replaced !== undefined) {
        await file?.close()
        file = replaced
        position = 0
      }
    }
  } finally {
    await file?.close()
  }
}

/** Undefined: the runtime has not made the file yet. */
function openLog(path: string): Promise<FileHandle | undefined> {
  return open(path).catch(() => undefined)
}

async function readFrom(
  file: FileHandle | undefined,
  position: number,
): Promise<{ bytes: Buffer; next: number }> {
  if (file === undefined) return { bytes: Buffer.alloc(0), next: position }
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.allocUnsafe(limits.chunkBytes),
    position,
  })
  return { bytes: buffer.subarray(0, bytesRead), next: position + bytesRead }
}

/** The offset of the last `lines` lines, found from the end. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines === 0) return size
  let newlines = 0
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - limits.chunkBytes)
    const { buffer } = await file.read({ buffer: Buffer.allocUnsafe(end - start), position: start })
    for (let at = buffer.length - 1; at >= 0; at--) {
      if (buffer[at] !== 0x0a || start + at === size - 1) continue
      if (++newlines === lines) return start + at + 1
    }
    end = start
  }
  return 0
}

function takeLines(bytes: Buffer, options: LogOptions): { text: Buffer; rest: Buffer } {
  const parts: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const line = formatLine(bytes.subarray(start, end), options)
    if (line !== undefined) parts.push(line)
    start = end + 1
  }
  const rest = bytes.subarray(start)
  if (rest.length > limits.lineBytesMax)
    return { text: Buffer.concat([...parts, rest]), rest: Buffer.alloc(0) }
  return { text: Buffer.concat(parts), rest }
}

const newline = Buffer.from('\n')

/** Undefined: the line is not asked for. */
function formatLine(line: Buffer, options: LogOptions): Buffer | undefined {
  const first = line.indexOf(0x20)
  const second = line.indexOf(0x20, first + 1)
  const third = line.indexOf(0x20, second + 1)
  if (first < 0 || second < 0) return Buffer.concat([line, newline])
  const time = line.toString('latin1', 0, first)
  const stream = line.toString('latin1', first + 1, second)
  const tag = line.toString('latin1', second + 1, third < 0 ? line.length : third)
  if (options.sinceMs !== undefined && Date.parse(time) < options.sinceMs) return undefined
  if (options.stream !== 'All' && options.stream.toLowerCase() !== stream) return undefined
  const parts: Buffer[] = []
  if (options.timestamps) parts.push(Buffer.from(`${time} `))
  if (third >= 0) parts.push(line.subarray(third + 1))
  // P: the runtime cut a long line; the rest follows in the next one.
  if (!tag.startsWith('P')) parts.push(newline)
  return Buffer.concat(parts)
}

function spend(text: Buffer, budget: { left: number }): Buffer {
  const part = text.length <= budget.left ? text : text.subarray(0, budget.left)
  budget.left -= part.length
  return part
}

/** Changes of the file and of the container since the last wait; set up before reading, so that none is missed. */
class Changes implements Disposable {
  readonly #stack = new DisposableStack()
  #seen = false
  #wake: (() => void) | undefined

  constructor(source: LogSource, signal: AbortSignal) {
    const note = (): void => {
      this.#seen = true
      this.#wake?.()
    }
    // The folder tells of writes to the file, of its making, and of its rotation.
    const watcher = watch(dirname(source.path), { persistent: false }, note)
    watcher.on('error', note)
    this.#stack.defer(() => watcher.close())
    this.#stack.use(source.onChange(note))
    signal.addEventListener('abort', note, { once: true })
    this.#stack.defer(() => signal.removeEventListener('abort', note))
  }

  async next(): Promise<void> {
    if (!this.#seen) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#seen = false
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
  }
}

/** The file now at the path, when it is another one and the old one is read to its end. */
async function reopen(
  file: FileHandle | undefined,
  path: string,
  position: number,
): Promise<FileHandle | undefined> {
  const now = await stat(path).catch(() => undefined)
  if (now === undefined) return undefined
  if (file === undefined) return openLog(path)
  const old = await file.stat()
  if (old.ino === now.ino || position < old.size) return undefined
  return openLog(path)
}
