/** Evicts or deletes pods and waits until they are gone. Upstream: kubectl pkg/drain/drain.go. */
import { formatDuration } from '#api/duration.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError, throwAll } from '#kubectl/errors.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { objectPath } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { deleteObject } from '#kubectl/objects/write.ts'
import { namePrinter } from '#kubectl/printers/name.ts'
import { dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import { Departures } from './departures.ts'
import type { DrainedPod } from './filters.ts'
import { isLongDeleted } from './filters.ts'

const retryMs = 5000

/** Go's largest duration stands for no limit. */
const longestText = '2562047h47m16.854775807s'
const deadlineText = 'context deadline exceeded'

export interface Removal {
  readonly pods: readonly DrainedPod[]
  readonly node: string
  readonly dryRun: DryRun
}

/** Rejects with AggregateFailure when evictions failed, all of which were tried, and with what a deletion met. */
export async function removePods(call: Call, removal: Removal): Promise<void> {
  const { flags, io } = call
  if (removal.pods.length === 0) return
  const timeoutMs = flags.durationMs('timeout')
  const deadline = new AbortController()
  using _timer = timeoutMs > 0 ? io.clock.after(timeoutMs, () => deadline.abort()) : undefined
  const drain = new Drain(call, { ...removal, deadline: deadline.signal, timeoutMs })
  const evicts = !flags.bool('disable-eviction') && (await servesEviction(call))
  await (evicts ? drain.evictAll() : drain.deleteAll())
}

async function servesEviction({ factory }: Call): Promise<boolean> {
  const { groups, lists } = await (await factory.discovery()).served()
  const resources = lists.get('v1')?.resources ?? []
  return (
    groups.some(({ name }) => name === 'policy') &&
    resources.some(({ name, kind }) => name === 'pods/eviction' && kind === 'Eviction')
  )
}

interface DrainOptions extends Removal {
  readonly deadline: AbortSignal
  readonly timeoutMs: number
}

class Drain {
  readonly #call: Call
  readonly #options: DrainOptions
  readonly #departures: Departures

  constructor(call: Call, options: DrainOptions) {
    this.#call = call
    this.#options = options
    this.#departures = new Departures(call, options.node)
  }

  async evictAll(): Promise<void> {
    const evictions = async (): Promise<void> => {
      const failures = await Promise.all(this.#options.pods.map((pod) => this.#evict(pod)))
      throwAll(failures.filter((error) => error !== undefined))
    }
    await this.#watchingDuring(evictions)
  }

  async deleteAll(): Promise<void> {
    const { pods, dryRun } = this.#options
    for (const pod of pods) await this.#delete(pod)
    if (dryRun === 'server') return
    const departures = async (): Promise<void> => {
      const gone = await Promise.all(pods.map((pod) => this.#gone(pod, 'deleted')))
      if (!gone.every(Boolean)) throw new CommandError(deadlineText)
    }
    await this.#watchingDuring(departures)
  }

  async #watchingDuring(work: () => Promise<void>): Promise<void> {
    const { signal: interrupt } = this.#call.io
    const stop = new AbortController()
    const following = this.#departures.follow(AbortSignal.any([stop.signal, interrupt]))
    try {
      await Promise.race([work(), following.then(() => interrupt.throwIfAborted())])
    } finally {
      stop.abort()
    }
  }

  async #delete({ metadata }: DrainedPod): Promise<void> {
    const { name = '', namespace = '' } = metadata ?? {}
    const gracePeriodSeconds = this.#call.flags.int('grace-period')
    const options = {
      dryRun: this.#options.dryRun,
      ...(gracePeriodSeconds >= 0 && { gracePeriodSeconds }),
    }
    try {
      await deleteObject(this.#call, { mapping: podMapping, namespace, name }, options)
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error
    }
  }

  /** The failure, if any. */
  async #evict(pod: DrainedPod): Promise<Error | undefined> {
    const { name = '', namespace = '' } = pod.metadata ?? {}
    const { io } = this.#call
    const { dryRun, deadline } = this.#options
    for (;;) {
      io.stdout(
        `evicting pod ${namespace}/${name}${dryRun === 'server' ? dryRunSuffix(dryRun) : ''}\n`,
      )
      if (deadline.aborted) return failed(pod, `global timeout reached: ${this.#timeoutText()}`)
      const error = await this.#askEviction(pod)
      if (error === undefined) break
      if (error.reason === 'NotFound') return undefined
      if (isNamespaceTerminating(error)) {
        // The pod goes with its namespace; once it is going, there is nothing to ask for.
        if (pod.metadata?.deletionTimestamp !== undefined) break
        io.stderr(
          `error when evicting pod ${goQuote(name)} (will retry after 5s): ${error.message}\n`,
        )
      } else if (error.reason === 'TooManyRequests') {
        io.stderr(`${whenEvicting(pod)} (will retry after 5s): ${error.message}\n`)
      } else {
        return failed(pod, error.message)
      }
      await io.clock.sleep(retryMs, io.signal)
    }
    if (dryRun === 'server' || (await this.#gone(pod, 'evicted'))) return undefined
    return new CommandError(
      `error when waiting for pod ${goQuote(name)} in namespace ${goQuote(namespace)} to terminate: ${deadlineText}`,
    )
  }

  #timeoutText(): string {
    const { timeoutMs } = this.#options
    return timeoutMs === 0 ? longestText : formatDuration(timeoutMs)
  }

  async #askEviction({ metadata }: DrainedPod): Promise<StatusError | undefined> {
    const { name = '', namespace = '' } = metadata ?? {}
    const { flags, factory } = this.#call
    const gracePeriodSeconds = flags.int('grace-period')
    const deleteOptions = {
      ...(gracePeriodSeconds >= 0 && { gracePeriodSeconds }),
      ...(this.#options.dryRun === 'server' && { dryRun: ['All'] }),
    }
    const rest = await factory.rest()
    try {
      await rest.request({
        method: 'POST',
        path: objectPath({ mapping: podMapping, namespace, name }, 'eviction'),
        body: JSON.stringify({
          kind: 'Eviction',
          apiVersion: 'policy/v1',
          metadata: { name, namespace },
          deleteOptions,
        }),
        about: { group: '', resource: 'pods' },
        name,
      })
      return undefined
    } catch (error) {
      if (error instanceof StatusError) return error
      throw error
    }
  }

  /** False when the time is over. Says so when the pod is gone, or no longer waited for. */
  async #gone(pod: DrainedPod, outcome: string): Promise<boolean> {
    const { flags, io } = this.#call
    const { deadline } = this.#options
    const { name = '', uid = '' } = pod.metadata ?? {}
    const skipSeconds = flags.int('skip-wait-for-delete-timeout')
    const { promise, resolve } = Promise.withResolvers<'gone' | 'skipped' | 'timeout'>()
    let timer: Disposable | undefined
    using _listening = this.#departures.listen(uid, (now) => {
      if (now === undefined) return resolve('gone')
      timer?.[Symbol.dispose]()
      timer = this.#whenLongDeleted(now, skipSeconds, () => resolve('skipped'))
    })
    const expire = (): void => resolve('timeout')
    deadline.addEventListener('abort', expire, { once: true })
    if (deadline.aborted) expire()
    const end = await promise
    timer?.[Symbol.dispose]()
    deadline.removeEventListener('abort', expire)
    if (end === 'gone') io.stdout(namePrinter(outcome).print(pod))
    if (end === 'skipped') {
      io.stdout(
        `pod ${goQuote(name)} has DeletionTimestamp older than ${skipSeconds} seconds, skipping\n`,
      )
    }
    return end !== 'timeout'
  }

  #whenLongDeleted(pod: DrainedPod, skipSeconds: number, then: () => void): Disposable | undefined {
    const { clock } = this.#call.io
    const at = pod.metadata?.deletionTimestamp
    if (skipSeconds <= 0 || at === undefined) return undefined
    if (isLongDeleted(pod, skipSeconds, clock.nowMs())) {
      then()
      return undefined
    }
    return clock.after(Date.parse(at) + (skipSeconds + 1) * 1000 - clock.nowMs(), then)
  }
}

function failed(pod: DrainedPod, why: string): CommandError {
  return new CommandError(`${whenEvicting(pod)}: ${why}`)
}

function whenEvicting({ metadata }: DrainedPod): string {
  return `error when evicting pods/${goQuote(metadata?.name ?? '')} -n ${goQuote(metadata?.namespace ?? '')}`
}

function isNamespaceTerminating(error: StatusError): boolean {
  const causes = error.status.details?.causes ?? []
  return (
    error.reason === 'Forbidden' && causes.some(({ reason }) => reason === 'NamespaceTerminating')
  )
}

const podMapping = localMapping('v1', 'Pod')
