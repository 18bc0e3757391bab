/** `cpu=1,memory=2Gi`. Upstream: kubectl pkg/generate/versioned/generate.go, populateResourceListV1. */
import { canonicalQuantity, QuantityError } from '#api/meta/quantity.ts'
import { CommandError } from '#kubectl/errors.ts'

/** Undefined for no text. Throws CommandError. */
export function resourceList(text: string): Record<string, string> | undefined {
  if (text === '') return undefined
  const pairs = text.split(',').map((part) => {
    const [key = '', value, more] = part.split('=')
    if (value === undefined || more !== undefined) {
      throw new CommandError(`Invalid argument syntax ${part}, expected <resource>=<value>`)
    }
    return [key, quantity(value)] as const
  })
  return Object.fromEntries(pairs)
}

function quantity(text: string): string {
  try {
    return canonicalQuantity(text)
  } catch (error) {
    if (error instanceof QuantityError) throw new CommandError(error.message)
    throw error
  }
}
