/**
 * The books of all quotas, kept by the changes of what they count. A quota's status shows them: it is
 * written when they change, changes that come together in one write.
 * Upstream spreads this over plugin/pkg/admission/resourcequota and pkg/controller/resourcequota.
 */
import type { ResourceQuota } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { resourcequotas } from '#api/resources.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { Account } from './account.ts'
import { claimEvaluator, podEvaluator, serviceEvaluator } from './core-evaluators.ts'
import { customTypeCounted, mayCountCustomKind, typeCounted } from './counted-types.ts'
import { objectCounter } from './evaluator.ts'
import type { Evaluator } from './evaluator.ts'
import { formatUsage, mask } from './usage.ts'

export interface LedgerDeps {
  readonly objects: Objects
  readonly clock: Clock
  readonly log: Logger
}

interface Entry {
  readonly account: Account
  readonly spec: string
  /** The status is being written; who comes meanwhile waits for `next`. */
  writing: Promise<void> | undefined
  next: Promise<void> | undefined
}

export class QuotaLedger implements AsyncDisposable {
  readonly #deps: LedgerDeps
  /** By namespace, then by name. */
  readonly #entries = new Map<string, Map<string, Entry>>()
  readonly #followed = new Map<Evaluator, Disposable>()
  readonly #evaluators: Evaluator[] = [podEvaluator, serviceEvaluator, claimEvaluator]
  /** Counters of kinds that may go. */
  readonly #customCounters = new Set<Evaluator>()
  readonly #quotas: Disposable
  readonly #rows: Disposable
  readonly #writes = new Set<Promise<void>>()
  #closed = false

  constructor(deps: LedgerDeps) {
    this.#deps = deps
    for (const quota of deps.objects.list(resourcequotas)) this.#changeQuota(quota)
    this.#quotas = deps.objects.subscribe(resourcequotas, (quota, type) => {
      if (type === 'DELETED') this.#dropQuota(quota)
      else this.#changeQuota(quota)
    })
    this.#rows = deps.objects.subscribeRows(() => this.#recountCustomKinds())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#quotas[Symbol.dispose]()
    this.#rows[Symbol.dispose]()
    for (const subscription of this.#followed.values()) subscription[Symbol.dispose]()
    await Promise.all(this.#writes)
  }

  /** The quotas of a namespace, by name. */
  accounts(namespace: string): readonly Account[] {
    const entries = this.#entries.get(namespace)
    if (entries === undefined) return []
    const names = [...entries.keys()].toSorted((a, b) => (a < b ? -1 : 1))
    return names.flatMap((name) => entries.get(name)?.account ?? [])
  }

  evaluatorOf(type: Pick<ResourceType, 'group' | 'resource'>): Evaluator | undefined {
    return this.#evaluators.find(
      (one) => one.type.resource === type.resource && one.type.group === type.group,
    )
  }

  /** Resolves when the quota's status shows what its books say now. */
  async show(account: Account): Promise<void> {
    const entry = this.#entries.get(account.namespace)?.get(account.name)
    if (entry === undefined || entry.account !== account || this.#closed) return
    if (entry.writing === undefined) return this.#startWrite(entry)
    entry.next ??= entry.writing.then(() => this.#startWrite(entry))
    await entry.next
  }

  #startWrite(entry: Entry): Promise<void> {
    entry.next = undefined
    const write = this.#write(entry.account).finally(() => {
      if (entry.writing === write) entry.writing = undefined
      this.#writes.delete(write)
    })
    entry.writing = write
    this.#writes.add(write)
    return write
  }

  async #write(account: Account): Promise<void> {
    const { objects, log } = this.#deps
    const { namespace, name } = account
    try {
      await objects.modify(
        resourcequotas,
        { namespace, name, subresource: 'status' },
        (quota: ResourceQuota) => {
          if (this.#entries.get(namespace)?.get(name)?.account !== account) return false
          const status = {
            hard: formatUsage(account.hard),
            used: formatUsage(mask(account.used, account.hard)),
          }
          if (sameStatus(quota.status, status)) return false
          quota.status = status
          return true
        },
      )
    } catch (error) {
      if (!isStatus(error, 'NotFound'))
        log.error('The usage of a quota could not be written', error)
    }
  }

  #changeQuota(quota: ResourceQuota): void {
    const { namespace = '', name } = quota.metadata
    const spec = JSON.stringify([quota.metadata.uid, quota.spec])
    const entries = this.#entries.get(namespace) ?? new Map<string, Entry>()
    if (entries.get(name)?.spec === spec) return
    const account = new Account(quota, (resource) => this.#evaluatorsFor(resource))
    this.#entries.set(namespace, entries)
    entries.set(name, { account, spec, writing: undefined, next: undefined })
    for (const evaluator of account.evaluators) {
      this.#follow(evaluator)
      for (const object of this.#deps.objects.list(evaluator.type, namespace)) {
        this.#record(account, evaluator, object)
      }
    }
    this.#showLater(account)
  }

  /** A custom kind's counter follows one row of it: who counts such a kind finds the row of now. */
  #recountCustomKinds(): void {
    for (const counter of this.#customCounters) {
      this.#followed.get(counter)?.[Symbol.dispose]()
      this.#followed.delete(counter)
      this.#evaluators.splice(this.#evaluators.indexOf(counter), 1)
    }
    this.#customCounters.clear()
    for (const quota of this.#deps.objects.list(resourcequotas)) {
      if (!Object.keys(quota.spec?.hard ?? {}).some(mayCountCustomKind)) continue
      this.#dropQuota(quota)
      this.#changeQuota(quota)
    }
  }

  #dropQuota({ metadata: { namespace = '', name } }: ResourceQuota): void {
    const entries = this.#entries.get(namespace)
    entries?.delete(name)
    if (entries?.size === 0) this.#entries.delete(namespace)
  }

  #evaluatorsFor(resourceName: string): readonly Evaluator[] {
    const known = this.#evaluators.filter((evaluator) => evaluator.counts(resourceName))
    if (known.length > 0) return known
    const type = typeCounted(resourceName)
    const counted = type ?? customTypeCounted(this.#deps.objects.rows(), resourceName)
    if (counted === undefined) return []
    const counter = objectCounter(counted)
    this.#evaluators.push(counter)
    if (type === undefined) this.#customCounters.add(counter)
    return [counter]
  }

  #follow(evaluator: Evaluator): void {
    if (this.#followed.has(evaluator)) return
    const subscription = this.#deps.objects.subscribe(evaluator.type, (object, type) => {
      const entries = this.#entries.get(object.metadata.namespace ?? '')
      for (const { account } of entries?.values() ?? []) {
        if (!account.evaluators.includes(evaluator)) continue
        const changed =
          type === 'DELETED'
            ? account.record(evaluator, object.metadata.uid, undefined)
            : this.#record(account, evaluator, object)
        if (changed) this.#showLater(account)
      }
    })
    this.#followed.set(evaluator, subscription)
  }

  #record(account: Account, evaluator: Evaluator, object: ApiObject): boolean {
    const usage = account.concerns(evaluator, object)
      ? evaluator.usage(object, this.#deps.clock.nowMs())
      : undefined
    return account.record(evaluator, object.metadata.uid, usage)
  }

  /** The write is owned by `#writes` and does not reject. */
  #showLater(account: Account): void {
    void this.show(account)
  }
}

function sameStatus(
  a: ResourceQuota['status'],
  b: { readonly hard: object; readonly used: object },
): boolean {
  const text = (value: object | undefined) =>
    JSON.stringify(Object.entries(value ?? {}).toSorted(([x], [y]) => (x < y ? -1 : 1)))
  return text(a?.hard) === text(b.hard) && text(a?.used) === text(b.used)
}
