/** The field that a rule names as the culprit. */
import { FieldPathError, findField } from '#resources/custom/field-path.ts'
import type { Schema } from '#resources/custom/schema.ts'

/** As errors name it below the rule's place; '' for none, or one that is not there. */
export function fieldPathOf(schema: Schema, path: string): string {
  if (path.trim() === '') return ''
  try {
    const { steps, schema: _found } = findField(schema, path.trim(), { brackets: true })
    return formatted(schema, steps)
  } catch (error) {
    if (error instanceof FieldPathError) return ''
    throw error
  }
}

/** Keys of maps stand in brackets. */
function formatted(schema: Schema, steps: readonly string[]): string {
  let at: Schema | undefined = schema
  let text = ''
  for (const step of steps) {
    const field: Schema | undefined = at?.properties?.[step]
    if (field === undefined) text += `[${step}]`
    else text += text === '' ? step : `.${step}`
    at = field
  }
  return text
}
