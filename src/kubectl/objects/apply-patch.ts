/** Patches without a server: `--local` and `--dry-run=client`. */
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { applyMergePatch } from '#api/patch/merge-patch.ts'
import { PatchError } from '#api/patch/patch-error.ts'
import { applyStrategicMergePatch } from '#api/patch/strategic-merge.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from './info.ts'

export function applyPatch(
  { object, mapping }: Pick<Info, 'object' | 'mapping'>,
  type: 'json' | 'merge' | 'strategic',
  text: string,
): KubeObject {
  const patch = parsed(text, type)
  try {
    if (type === 'json') return applyJsonPatch(object, patch)
    if (type === 'merge') return applyMergePatch(object, patch)
    const name = schemaTypeOf(mapping.group, mapping.version, mapping.kind)
    const schema = name === undefined ? undefined : typeSchema(name)
    if (schema === undefined) {
      throw new CommandError(
        `strategic merge patch is not supported for ${mapping.kind} locally, try --type merge`,
      )
    }
    return applyStrategicMergePatch(schema, object, patch)
  } catch (error) {
    if (error instanceof PatchError) throw new CommandError(error.message)
    throw error
  }
}

function parsed(text: string, type: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(type === 'merge' ? 'Invalid JSON Patch' : 'invalid JSON document')
  }
}
