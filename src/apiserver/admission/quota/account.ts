/** One quota's books: what stored objects use, and what requests under way have reserved. */
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Evaluator } from './evaluator.ts'
import { scopesOf } from './scopes.ts'
import { mask, minus, plus, usageOf, zero } from './usage.ts'
import type { Usage } from './usage.ts'

export class Account {
  readonly namespace: string
  readonly name: string
  readonly hard: Usage
  /** Kinds that the quota counts. */
  readonly evaluators: readonly Evaluator[]
  /** All that must hold of an object for the quota to be about it. */
  readonly scopes: readonly ScopedResourceSelectorRequirement[]
  /** By kind and uid of the object. */
  readonly #contributions = new Map<string, Usage>()
  /** By uid of the object. */
  readonly #reservations = new Map<string, Usage>()
  #used: Usage

  constructor(quota: ResourceQuota, evaluatorsFor: (name: string) => readonly Evaluator[]) {
    this.namespace = quota.metadata.namespace ?? ''
    this.name = quota.metadata.name
    this.hard = usageOf(quota.spec?.hard ?? {})
    this.evaluators = [...new Set([...this.hard.keys()].flatMap(evaluatorsFor))]
    this.scopes = scopesOf(quota)
    this.#used = new Map([...this.hard.keys()].map((name) => [name, zero]))
  }

  /** With what is reserved; every resource of the quota is in it. */
  get used(): Usage {
    let used = this.#used
    for (const reserved of this.#reservations.values()) used = plus(used, reserved)
    return used
  }

  /** Whether the quota is about the object. */
  concerns(evaluator: Evaluator, object: ApiObject): boolean {
    return (
      this.evaluators.includes(evaluator) &&
      this.scopes.every((scope) => evaluator.inScope(object, scope))
    )
  }

  /** The stored object is now like this; `undefined`: it is gone. Whether the usage changed. */
  record(evaluator: Evaluator, uid: string, usage: Usage | undefined): boolean {
    const key = `${evaluator.type.resource} ${uid}`
    const known = this.#contributions.get(key)
    const reserved = this.#reservations.delete(uid)
    const next = usage === undefined ? undefined : mask(usage, this.hard)
    if (known === undefined && next === undefined) return reserved
    if (known !== undefined && next !== undefined && same(known, next)) return reserved
    if (next === undefined) this.#contributions.delete(key)
    else this.#contributions.set(key, next)
    if (known !== undefined) this.#used = minus(this.#used, known)
    if (next !== undefined) this.#used = plus(this.#used, next)
    return true
  }

  reserve(uid: string, usage: Usage): void {
    this.#reservations.set(uid, mask(usage, this.hard))
  }

  /** Whether there was a reservation. */
  release(uid: string): boolean {
    return this.#reservations.delete(uid)
  }
}

function same(a: Usage, b: Usage): boolean {
  if (a.size !== b.size) return false
  for (const [name, amount] of a) {
    const other = b.get(name)
    if (other === undefined) return false
    if (other.unscaled !== amount.unscaled || other.exponent !== amount.exponent) return false
  }
  return true
}
