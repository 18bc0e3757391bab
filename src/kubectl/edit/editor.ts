/** The user's editor, on a file of its own. Upstream: kubectl pkg/cmd/util/editor/editor.go. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goQuote } from '#api/meta/go-quote.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'

const defaults = { editor: 'vi', shell: '/bin/bash' } as const

export interface Edited {
  readonly path: string
  readonly text: string
}

/** Rejects with CommandError when the editor cannot be started or fails. The file stays. */
export async function editText(text: string, extension: string, io: Io): Promise<Edited> {
  const path = newFile(text, extension, io)
  await launch(path, io)
  return { path, text: readFileSync(path, 'utf8') }
}

function newFile(text: string, extension: string, { env, random }: Io): string {
  const folder = (env['TMPDIR'] ?? '') === '' ? tmpdir() : (env['TMPDIR'] ?? '')
  const path = join(folder, `kubectl-edit-${Math.floor(random() * 2 ** 32)}${extension}`)
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, text)
  closeSync(file)
  return path
}

/** `words` as messages name the editor; with quotes in it, a shell reads them. */
export function editorCommand(
  { env }: Pick<Io, 'env'>,
  path: string,
): { readonly words: readonly string[]; readonly argv: readonly string[] } {
  const names = [env['KUBE_EDITOR'], env['EDITOR'], defaults.editor]
  const editor = names.find((name) => name !== undefined && name !== '') ?? defaults.editor
  if (editor.includes(' ') && /["'\\]/.test(editor)) {
    const shell = (env['SHELL'] ?? '') === '' ? defaults.shell : (env['SHELL'] ?? '')
    const words = [shell, '-c', editor]
    return { words, argv: [shell, '-c', `${editor} ${goQuote(path)}`] }
  }
  const words = editor.split(' ')
  return { words, argv: [...words, path] }
}

async function launch(path: string, io: Io): Promise<void> {
  const { words, argv } = editorCommand(io, path)
  const [program = '', ...args] = argv
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const child = spawn(program, args, { stdio: 'inherit', env: { ...io.env }, cwd: io.cwd })
  child.once('error', reject)
  child.once('close', resolve)
  const name = goQuote(words.join(' '))
  const code = await promise.catch((error: unknown) => {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !program.includes('/')
    throw new CommandError(
      isMissing
        ? `unable to launch the editor ${name}`
        : `there was a problem with the editor ${name}`,
    )
  })
  if (code !== 0) throw new CommandError(`there was a problem with the editor ${name}`)
}
