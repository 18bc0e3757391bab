/** `jsonpatch.escapeKey('example.com/a')`. Upstream: apiserver pkg/cel/library/jsonpatch.go. */
import { fn, type FunctionRow } from '#cel/functions.ts'
import { perCharacterOf } from './costs.ts'

export const jsonPatch: readonly FunctionRow[] = [
  fn('jsonpatch.escapeKey', '(string) -> string', {
    run: (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
    cost: perCharacterOf(0, 2),
  }),
]
