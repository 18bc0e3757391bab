/** What is mounted where, and mounting by the system's own programs. */
import { readFileSync } from 'node:fs'
import { CommandError } from './run.ts'
import type { Run } from './run.ts'

/** One line of /proc/self/mountinfo; see proc(5). */
export interface Mount {
  readonly id: number
  readonly parentId: number
  /** `major:minor` of the device. */
  readonly device: string
  /** The path inside the file system that forms the root of this mount. */
  readonly root: string
  readonly mountPoint: string
  readonly options: readonly string[]
  /** `shared:N`, `master:N`, `unbindable` … */
  readonly propagation: readonly string[]
  readonly fsType: string
  readonly source: string
  readonly superOptions: readonly string[]
}

/** The mounts of this process, in the kernel's order: the last one at a path is the visible one. */
export function readMounts(path = '/proc/self/mountinfo'): Mount[] {
  return parseMountInfo(readFileSync(path, 'utf8'))
}

export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
}

function parseLine(line: string): Mount {
  const fields = line.split(' ')
  const separator = fields.indexOf('-', 6)
  const [id = '', parentId = '', device = '', root = '', mountPoint = '', options = ''] = fields
  const [fsType = '', source = '', superOptions = ''] = fields.slice(separator + 1)
  return {
    id: Number(id),
    parentId: Number(parentId),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: options.split(','),
    propagation: fields.slice(6, separator),
    fsType,
    source: unescapeOctal(source),
    superOptions: superOptions.split(','),
  }
}

/** The kernel writes space, tab, newline and backslash as `\040` and so on. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

export interface MountRequest {
  readonly source: string
  readonly target: string
  /** Absent for bind mounts. */
  readonly fsType?: string
  /** `bind`, `ro`, `size=64Mi` … as mount(8) takes them after `-o`. */
  readonly options?: readonly string[]
}

/** Mounts; rejects with a CommandError. A read-only bind takes two steps, as the kernel asks. */
export async function mount(run: Run, request: MountRequest): Promise<void> {
  const options = request.options ?? []
  const bind = options.includes('bind') || options.includes('rbind')
  const args = request.fsType === undefined ? [] : ['-t', request.fsType]
  const first = bind ? options.filter((option) => option === 'bind' || option === 'rbind') : options
  if (first.length > 0) args.push('-o', first.join(','))
  await run('mount', [...args, '--', request.source, request.target])
  if (bind && first.length < options.length) {
    await run('mount', ['-o', ['remount', ...options].join(','), '--', request.target])
  }
}

/** Unmounts; a target that is not mounted, or not there, is no error. */
export async function unmount(run: Run, target: string): Promise<void> {
  try {
    await run('umount', ['--', target])
  } catch (error) {
    if (error instanceof CommandError && /not mounted|no mount point/.test(error.stderr)) return
    throw error
  }
}
