/** Where a dump goes: standard output, or files below a folder. */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'

export interface Destination {
  /** A list in the format that was asked for. */
  write(file: string, text: string): Promise<void>
  writeLog(file: string, parts: readonly (string | Uint8Array)[]): Promise<void>
}

const extensions: Readonly<Record<string, string>> = { json: '.json', yaml: '.yaml' }

export function destinationOf(folder: string, format: string, io: Io): Destination {
  if (folder === '' || folder === '-') return standardOutput(io)
  const into = async (file: string, content: string | Uint8Array): Promise<void> => {
    const path = join(folder, file)
    await makeFolder(dirname(path), io.cwd)
    await writeFile(resolve(io.cwd, path), content).catch((error: unknown) => {
      throw fileProblem('open', path, error)
    })
  }
  const extension = extensions[format] ?? '.txt'
  return {
    write: (file, text) => into(`${file}${extension}`, text),
    writeLog: (file, parts) =>
      into(`${file}.txt`, Buffer.concat(parts.map((part) => Buffer.from(part)))),
  }
}

function standardOutput(io: Io): Destination {
  return {
    write: async (_file, text) => io.stdout(text),
    writeLog: async (_file, parts) => {
      for (const part of parts) io.stdout(part)
    },
  }
}

/** With the folders above it; which one cannot be made is told. Upstream: Go's os.MkdirAll. */
async function makeFolder(folder: string, cwd: string): Promise<void> {
  try {
    await mkdir(resolve(cwd, folder), { recursive: true, mode: 0o755 })
  } catch (error) {
    throw fileProblem('mkdir', await firstFile(folder, cwd), error)
  }
}

/** The first part of the path that is a file, or the whole. */
async function firstFile(folder: string, cwd: string): Promise<string> {
  const parts = folder.split(sep)
  for (const at of parts.keys()) {
    const part = parts.slice(0, at + 1).join(sep)
    if (part === '') continue
    const found = await stat(resolve(cwd, part)).catch(() => undefined)
    if (found?.isDirectory() === false) return part
  }
  return folder
}

/** Upstream: Go's os.PathError. */
function fileProblem(operation: string, path: string, error: unknown): CommandError {
  const { code = '' } = error as NodeJS.ErrnoException
  return new CommandError(`${operation} ${path}: ${reasons[code] ?? code.toLowerCase()}`)
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EROFS: 'read-only file system',
}
