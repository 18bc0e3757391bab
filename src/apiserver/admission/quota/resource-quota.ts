/**
 * Requests that would use more than a namespace's quotas allow are refused; others are charged before
 * their object is stored, and what fails is given back.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
 */
import type { ApiObject } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { refusal } from '#apiserver/admission/refusal.ts'
import type { Account } from './account.ts'
import { objectCounter } from './evaluator.ts'
import type { Evaluator } from './evaluator.ts'
import type { QuotaLedger } from './ledger.ts'
import type { LimitedResource } from './configuration.ts'
import { limitedOf, requireCover } from './limited-resources.ts'
import { exceeding, mask, minus, plus, positive, printed } from './usage.ts'
import type { Usage } from './usage.ts'

/** `limited`: what may only be used where a quota covers it. */
export function resourceQuota(
  ledger: QuotaLedger,
  clock: Clock,
  limited: readonly LimitedResource[] = [],
): AdmissionPlugin {
  const charged = new WeakMap<ApiObject, readonly Account[]>()
  return {
    name: 'ResourceQuota',
    handles: ({ operation, namespace }) =>
      namespace !== '' && (operation === 'CREATE' || operation === 'UPDATE'),
    async validate(request) {
      const charge = chargeOf(ledger, {
        request,
        nowMs: clock.nowMs(),
        limited: limitedOf(limited, request),
      })
      if (charge === undefined || request.dryRun) return
      const { accounts, object, delta } = charge
      for (const account of accounts) account.reserve(object.metadata.uid, delta)
      charged.set(object, accounts)
      await Promise.all(accounts.map((account) => ledger.show(account)))
    },
    settle({ object }) {
      const accounts = object && charged.get(object)
      if (object === undefined || accounts === undefined) return
      charged.delete(object)
      for (const account of accounts) {
        if (account.release(object.metadata.uid)) void ledger.show(account)
      }
    },
  }
}

interface Charge {
  readonly accounts: readonly Account[]
  readonly object: ApiObject
  readonly delta: Usage
}

interface Asked {
  readonly request: AdmissionRequest
  readonly nowMs: number
  /** About the kind of the request. */
  readonly limited: readonly LimitedResource[]
}

/** Throws Forbidden. Undefined: the request uses nothing that is counted. */
function chargeOf(ledger: QuotaLedger, asked: Asked): Charge | undefined {
  const { request, nowMs, limited } = asked
  const { object, namespace } = request
  const all = ledger.accounts(namespace)
  if (object === undefined || (all.length === 0 && limited.length === 0)) return undefined
  const evaluator = evaluatorFor(ledger, asked)
  if (evaluator === undefined || !evaluator.charges(request)) return undefined
  const accounts = all.filter((account) => account.concerns(evaluator, object))
  for (const account of accounts) refuseUnspoken(request, evaluator, account)
  if (limited.length > 0) {
    const usage = evaluator.usage(object, nowMs)
    requireCover(limited, { request, object, evaluator, usage, accounts: all })
  }
  const delta = deltaOf(evaluator, request, nowMs)
  const touched = accounts.filter((account) => mask(delta, account.hard).size > 0)
  for (const account of touched) refuseExcess(request, account, delta)
  return touched.length === 0 ? undefined : { accounts: touched, object, delta }
}

/** What no quota counts may be limited all the same. */
function evaluatorFor(ledger: QuotaLedger, { request, limited }: Asked): Evaluator | undefined {
  const { group, version, kind, plural: resource, namespaced } = request.resource
  const known = ledger.evaluatorOf({ group, resource })
  if (known !== undefined || limited.length === 0) return known
  return objectCounter({ group, version, kind, resource, namespaced })
}

function deltaOf(evaluator: Evaluator, request: AdmissionRequest, nowMs: number): Usage {
  const { object, prior } = request
  const next: Usage = object === undefined ? new Map() : evaluator.usage(object, nowMs)
  return positive(prior === undefined ? next : minus(next, evaluator.usage(prior, nowMs)))
}

function refuseUnspoken(request: AdmissionRequest, evaluator: Evaluator, account: Account): void {
  const { object } = request
  if (object === undefined) return
  const names = [...account.hard.keys()].filter((name) => evaluator.counts(name))
  const objection = evaluator.objection?.(object, names)
  if (objection !== undefined) throw refusal(request, `failed quota: ${account.name}: ${objection}`)
}

function refuseExcess(request: AdmissionRequest, account: Account, delta: Usage): void {
  const { used, hard } = account
  const requested = mask(delta, hard)
  const names = exceeding(mask(plus(used, requested), requested), hard)
  if (names.length === 0) return
  throw refusal(
    request,
    `exceeded quota: ${account.name}, requested: ${printed(requested, names)}, used: ${printed(used, names)}, limited: ${printed(hard, names)}`,
  )
}
