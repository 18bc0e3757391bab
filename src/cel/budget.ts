/** What an evaluation may cost. Upstream: staging/src/k8s.io/apiserver/pkg/apis/cel/config.go. */

export const limits = {
  /** One expression, about a tenth of a second. */
  perCallCostMax: 1_000_000,
  /** All rules of one object of a custom resource, or all policies of one request. */
  perObjectCostMax: 10_000_000,
  /** All match conditions of one webhook configuration or policy. */
  matchConditionsCostMax: 2_500_000,
} as const

/** Prices of cel-go. Upstream: cel-go common/cost.go. */
export const prices = {
  selectOrIdent: 1,
  list: 10,
  map: 30,
  struct: 40,
  perCharacter: 0.1,
  perRegexCharacter: 0.25,
} as const

/** An expression cost more than it may; nothing in it can recover from that. */
export class CostLimitExceeded extends Error {
  override readonly name = 'CostLimitExceeded'

  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}
