/**
 * `[[NAMESPACE/]POD:]PATH`, and paths as kubectl cp joins and cuts them.
 * Upstream: kubectl pkg/cmd/cp/{cp,filespec}.go.
 */
import { posix } from 'node:path'
import { CommandError } from '#kubectl/errors.ts'

export interface FileSpec {
  /** Empty: a local path. */
  readonly pod: string
  readonly namespace: string
  readonly path: string
}

export function parseFileSpec(word: string): FileSpec {
  const colon = word.indexOf(':')
  if (colon < 0) return { pod: '', namespace: '', path: withoutTrailingSlash(word) }
  const parts = word.slice(0, colon).split('/')
  const [first = '', second] = parts
  if (colon === 0 || parts.length > 2) {
    throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path')
  }
  const path = remotePath(word.slice(colon + 1))
  return second === undefined
    ? { pod: first, namespace: '', path }
    : { pod: second, namespace: first, path }
}

/** Of containers; separators of Windows become ours. */
export function remotePath(path: string): string {
  return withoutTrailingSlash(path).replaceAll('\\', '/')
}

function withoutTrailingSlash(path: string): string {
  return path !== '/' && path.endsWith('/') ? path.slice(0, -1) : path
}

/** As Go's path.Clean. */
export function clean(path: string): string {
  return withoutTrailingSlash(posix.normalize(path))
}

/** As Go's path.Join: empty parts count for nothing. */
export function join(...parts: readonly string[]): string {
  const some = parts.filter((part) => part !== '')
  return some.length === 0 ? '' : clean(some.join('/'))
}

/** What the names in the archive of a path begin with: tar drops slashes and ways up at the beginning. */
export function archivePrefix(path: string): string {
  const relative = remotePath(path.replace(/^[/\\]+/, ''))
  return withoutWaysUp(clean(relative))
}

/** Without leading `../`, and nothing instead of `.` and `..`. */
function withoutWaysUp(path: string): string {
  const rest = path.replace(/^(?:\.\.\/)+/, '')
  if (rest === '.' || rest === '..') return ''
  return rest.startsWith('/') ? rest.slice(1) : rest
}

/** Whether `target` lies inside `base`. */
export function isInside(base: string, target: string): boolean {
  const isAbsolute = (path: string): boolean => path.startsWith('/')
  if (isAbsolute(base) !== isAbsolute(target)) return false
  const relative = posix.relative(base, target)
  return relative === '' || relative === withoutWaysUp(relative)
}
