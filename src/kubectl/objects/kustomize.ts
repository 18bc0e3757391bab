/** `-k`: kustomizations are not built yet; `-f` with the output of a kustomize program does the same. */
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import type { Source } from './files.ts'

export function kustomizeSource(_folder: string, _io: Io): Source {
  throw new CommandError('--kustomize is not supported by this kubectl yet')
}
