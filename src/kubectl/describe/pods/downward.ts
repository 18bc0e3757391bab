/**
 * What a container learns of its own pod, as far as the client can tell.
 * Upstream: describe.go (EnvValueRetriever), kubectl pkg/util/{fieldpath,resource}.
 */
import type { Container, Pod, ResourceFieldSelector } from '#api/core/v1.gen.ts'
import { cpuMillis, signOfQuantity, wholeUnits } from '#api/meta/quantity.ts'

/** The client knows no other fields; those are empty. */
const fields: Readonly<Record<string, (pod: Pod) => string>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
}

export function fieldOf(pod: Pod, path: string): string {
  return fields[path]?.(pod) ?? ''
}

/** In units of the divisor, rounded up. */
export function resourceOf(container: Container, selector: ResourceFieldSelector): string {
  const { resource, divisor = '0' } = selector
  const [side = '', name = ''] = resource.split('.')
  if (!['cpu', 'memory', 'ephemeral-storage'].includes(name)) return ''
  const list = side === 'limits' ? container.resources?.limits : container.resources?.requests
  const unit = signOfQuantity(divisor) === 0 ? '1' : divisor
  const amount = name === 'cpu' ? cpuMillis : (text: string): number => Number(wholeUnits(text))
  const value = String(Math.ceil(amount(list?.[name] ?? '0') / amount(unit)))
  const isLimit = resource === 'limits.cpu' || resource === 'limits.memory'
  return value === '0' && isLimit ? 'node allocatable' : value
}
