import { readFile } from 'node:fs/promises'
import { UserError } from '#base/user-error.ts'

/** What the file that a flag names holds; a missing flag or file is the user's error. */
export async function read(flag: string, path: string): Promise<string> {
  if (path === '') throw new UserError(`--${flag} is needed`)
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`--${flag}: ${path}: ${error.code ?? error.message}`)
  })
}
