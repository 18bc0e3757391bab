/**
 * ClusterRoles with an aggregationRule hold the rules of all roles that its selectors match.
 * Upstream: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
import { isDeepStrictEqual } from 'node:util'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { isStatus } from '#api/meta/status.ts'
import type { ClusterRole, PolicyRule } from '#api/rbac/v1.gen.ts'
import { clusterroles } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

export interface AggregationDeps {
  readonly objects: Objects
  readonly clock: Clock
  readonly log: Logger
}

const retryDelayMs = 1_000

/** The rules that an aggregating role should have; undefined for a role that does not aggregate. */
export function aggregatedRules(
  role: ClusterRole,
  all: readonly ClusterRole[],
): readonly PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined
  const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map(labelSelectorMatcher)
  const rules: PolicyRule[] = []
  for (const selector of selectors) {
    const matching = all
      .filter(({ metadata }) => metadata.name !== role.metadata.name)
      .filter(({ metadata }) => selector.matches(metadata.labels))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    for (const rule of matching.flatMap((one) => one.rules ?? [])) {
      if (!rules.some((known) => isDeepStrictEqual(known, rule))) rules.push(rule)
    }
  }
  return rules
}

/** Keeps aggregated roles true until it is disposed. A write that fails is tried again. */
export class RoleAggregation implements AsyncDisposable {
  readonly #deps: AggregationDeps
  readonly #stop = new AbortController()
  readonly #subscription: Disposable
  #wanted = true
  #running: Promise<void> | undefined

  constructor(deps: AggregationDeps) {
    this.#deps = deps
    this.#subscription = deps.objects.subscribe(clusterroles, () => this.#request())
    this.#request()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#subscription[Symbol.dispose]()
    await this.#running
  }

  #request(): void {
    this.#wanted = true
    if (!this.#stop.signal.aborted) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    const { objects, clock, log } = this.#deps
    while (this.#wanted && !this.#stop.signal.aborted) {
      this.#wanted = false
      try {
        await aggregateOnce(objects)
      } catch (error) {
        log.error('Aggregating the rules of cluster roles failed; trying again', error)
        this.#wanted = true
        await clock.sleep(retryDelayMs, this.#stop.signal)
      }
    }
    this.#running = undefined
  }
}

/** Writes what differs. A role that aggregates another aggregated one follows in the next round. */
export async function aggregateOnce(objects: Objects): Promise<void> {
  const all = objects.list(clusterroles)
  for (const role of all) {
    const rules = aggregatedRules(role, all)
    if (rules === undefined || isDeepStrictEqual(rules, role.rules ?? [])) continue
    await setRules(objects, role.metadata.name, rules)
  }
}

async function setRules(
  objects: Objects,
  name: string,
  rules: readonly PolicyRule[],
): Promise<void> {
  try {
    await objects.modify(clusterroles, { namespace: '', name }, (role) => {
      role.rules = structuredClone([...rules])
    })
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error
  }
}
