/** `--cpu` and `--memory`: how much of it a pod is to use. Upstream: kubectl pkg/cmd/autoscale/autoscale.go. */
import { canonicalQuantity, QuantityError } from '#api/meta/quantity.ts'
import { CommandError } from '#kubectl/errors.ts'

/** What a number alone counts. */
const units = { cpu: 'm', memory: 'Mi' } as const

export interface ResourceMetric {
  readonly type: 'Resource'
  readonly resource: { readonly name: string; readonly target: object }
}

/** `70%` of what is requested, or an amount. Throws CommandError. */
export function resourceMetric(name: keyof typeof units, given: string): ResourceMetric {
  return { type: 'Resource', resource: { name, target: targetOf(name, given.trim()) } }
}

function targetOf(name: keyof typeof units, text: string): object {
  if (text === '') throw new CommandError('empty input')
  if (text.endsWith('%')) {
    return { type: 'Utilization', averageUtilization: percent(text.slice(0, -1)) }
  }
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)
  const amount = isNumber ? `${Number(text)}${units[name]}` : text
  try {
    return { type: 'AverageValue', averageValue: canonicalQuantity(amount) }
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error
    throw new CommandError(isNumber ? error.message : `invalid resource ${name} value: ${text}`)
  }
}

function percent(text: string): number {
  const value = Number(text)
  if (/^\+?\d+$/.test(text) && value < 2 ** 31) return value
  throw new CommandError(`invalid percentage value: ${text}`)
}
