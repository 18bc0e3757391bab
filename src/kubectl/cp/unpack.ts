/**
 * Writes what a container's tar says, and nowhere else: names must begin as they were asked for, none
 * leads out of the destination, links are not followed because they are not made.
 * Upstream: kubectl pkg/cmd/cp/cp.go, untarAll.
 */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTarDecoder } from 'modern-tar'
import type { ParsedTarEntry } from 'modern-tar'
import { goQuote } from '#api/meta/go-quote.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import { isInside, join, remotePath } from './file-spec.ts'

export interface Unpacking {
  readonly namespace: string
  readonly pod: string
  /** As it was asked for. */
  readonly source: string
  /** What each name begins with. */
  readonly prefix: string
  readonly destination: string
}

export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  unpacking: Unpacking,
  io: Pick<Io, 'stderr'>,
): Promise<void> {
  const decoder = createTarDecoder()
  const fed = pipeline(Readable.from(archive), decoder.writable as WritableStream<Uint8Array>)
  // Whoever reads learns of it first.
  fed.catch(() => undefined)
  let linksSkipped = 0
  for await (const entry of decoder.readable as ReadableStream<ParsedTarEntry>) {
    const target = targetOf(entry, unpacking)
    if (target === undefined) throw new CommandError('tar contents corrupted')
    if (!isInside(unpacking.destination, target)) {
      io.stderr(`warning: file ${goQuote(target)} is outside target destination, skipping\n`)
      await entry.body.cancel()
      continue
    }
    await makeFolder(posix.dirname(target))
    if (entry.header.type === 'symlink') {
      io.stderr(skipped(target, entry, { ...unpacking, isFirst: linksSkipped++ === 0 }))
      await entry.body.cancel()
    } else if (entry.header.type === 'directory') {
      await makeFolder(target)
      await entry.body.cancel()
    } else await writeFile(entry, target)
  }
  await fed
}

function targetOf({ header: { name } }: ParsedTarEntry, to: Unpacking): string | undefined {
  if (!name.startsWith(to.prefix)) return undefined
  return join(to.destination, remotePath(name.slice(to.prefix.length)))
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw fileError(error, 'mkdir', path)
  }
}

async function writeFile({ body }: ParsedTarEntry, path: string): Promise<void> {
  try {
    const content = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
    await pipeline(content, createWriteStream(path))
  } catch (error) {
    throw fileError(error, 'open', path)
  }
}

const problems: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'not a directory',
  EISDIR: 'is a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EROFS: 'read-only file system',
}

/** As Go's os.PathError; what does not come from the file system stays as it is. */
function fileError(error: unknown, doing: string, path: string): unknown {
  const text = problems[(error as NodeJS.ErrnoException).code ?? '']
  return text === undefined ? error : new CommandError(`${doing} ${path}: ${text}`)
}

function skipped(
  target: string,
  { header: { linkname = '' } }: ParsedTarEntry,
  { namespace, pod, source, isFirst }: Unpacking & { readonly isFirst: boolean },
): string {
  const what = `warning: skipping symlink: ${goQuote(target)} -> ${goQuote(linkname)}`
  if (!isFirst) return `${what}\n`
  return `${what} (consider using "kubectl exec -n ${goQuote(namespace)} ${goQuote(pod)} -- tar cf - ${goQuote(source)} | tar xf -")\n`
}
