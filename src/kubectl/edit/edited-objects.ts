/** The objects of an edited text. */
import { parseYaml, YamlError } from '#api/yaml.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { documentsOf } from '#kubectl/objects/files.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { mappingOfDocument } from '#kubectl/objects/selection.ts'

const source = 'edited-file'

/** What is wrong with it before the server looks; undefined: nothing. Upstream: kubectl pkg/validation/schema.go. */
export function typeProblem(text: string): string | undefined {
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (error) {
    if (error instanceof YamlError) return error.message
    throw error
  }
  if (!isMapping(value)) return 'invalid object to validate'
  const missing = ['apiVersion', 'kind']
    .filter((field) => (value[field] ?? '') === '')
    .map((field) => `${field} not set`)
  return missing.length > 1 ? `[${missing.join(', ')}]` : missing[0]
}

/** Items of a list each for itself. Rejects with CommandError for what is no object, or of no known kind. */
export async function objectsIn(call: Call, text: string): Promise<readonly Info[]> {
  const infos: Info[] = []
  const read = { name: source, isSingle: false, read: async () => text }
  for await (const document of documentsOf(read, { flatten: true, validate: false })) {
    const mapping = await mappingOfDocument(call, document, {})
    const { name = '', namespace = '' } = document.object.metadata ?? {}
    const { object } = document
    infos.push({ mapping, name, namespace: mapping.namespaced ? namespace : '', object, source })
  }
  return infos
}

/** Where the command works is where the objects must be; those without a namespace get it. */
export function placedIn(infos: readonly Info[], namespace: string): readonly Info[] {
  return infos.map((info) => {
    if (!info.mapping.namespaced) return info
    if (info.namespace === '') {
      const metadata = { ...info.object.metadata, namespace }
      return { ...info, namespace, object: { ...info.object, metadata } }
    }
    if (info.namespace === namespace) return info
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(info.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${info.namespace}' to perform this operation.`,
    )
  })
}
