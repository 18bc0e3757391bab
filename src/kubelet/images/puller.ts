/**
 * Makes an image present for a container, by the container's policy, with upstream's events, reasons
 * and texts. Upstream: pkg/kubelet/images/image_manager.go, EnsureImageExists, at v1.36.
 */
import type { Container, Pod, Secret } from '#api/core/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import type { Clock } from '#base/clock.ts'
import type { CriClient } from '#cri/client.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type { Image, PodSandboxConfig } from '#cri/messages.gen.ts'
import { limits } from '#kubelet/limits.ts'
import { Backoff, goMilliseconds } from '#kubelet/pod/backoff.ts'
import { credentialsFor, credentialsOfSecret } from './credentials.ts'
import type { RegistryCredential } from './credentials.ts'
import { withDefaultTag } from './reference.ts'
import { Semaphore } from './semaphore.ts'

export interface PullRequest {
  readonly pod: Pod
  readonly container: Container
  readonly sandboxConfig: Input<PodSandboxConfig>
  readonly secrets: readonly Secret[]
  readonly signal: AbortSignal
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void
}

export type PullOutcome =
  | { readonly image: Image }
  | { readonly failure: PullFailure; readonly message: string; readonly retryAfterMs?: number }

export type PullFailure =
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'ErrImageNeverPull'
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'RegistryUnavailable'
  | 'SignatureValidationFailed'

export interface PullerOptions {
  readonly cri: CriClient
  readonly clock: Clock
  /** The node's own credentials. */
  readonly credentials: readonly RegistryCredential[]
}

export class ImagePuller {
  readonly #options: PullerOptions
  readonly #backoff: Backoff
  /** What the last failed pull said, by backoff key; forgotten with the pod. */
  readonly #failures = new Map<string, string>()
  readonly #places = new Semaphore(limits.imagePullsParallelMax)

  constructor(options: PullerOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock, {
      initialMs: limits.imageBackoffInitialMs,
      maxMs: limits.imageBackoffMaxMs,
    })
  }

  async ensure(request: PullRequest): Promise<PullOutcome> {
    const { container, event } = request
    const given = container.image ?? ''
    let image: string
    try {
      image = withDefaultTag(given)
    } catch (error) {
      const message = `Failed to apply default image tag ${goQuote(given)}: ${text(error)}`
      event('Warning', 'InspectFailed', message)
      return { failure: 'InvalidImageName', message }
    }
    let present: Image | undefined
    try {
      present = await this.#options.cri.imageStatus(image, { signal: request.signal })
    } catch (error) {
      const message = `Failed to inspect image ${goQuote(image)}: ${text(error)}`
      event('Warning', 'InspectFailed', message)
      return { failure: 'ImageInspectError', message }
    }
    const policy = container.imagePullPolicy ?? 'IfNotPresent'
    if (present !== undefined && policy !== 'Always') {
      const message = `Container image ${goQuote(given)} already present on machine and can be accessed by the pod`
      event('Normal', 'Pulled', message)
      return { image: present }
    }
    if (policy === 'Never') {
      const message = `Container image ${goQuote(given)} is not present with pull policy of Never`
      event('Warning', 'ErrImageNeverPull', message)
      return { failure: 'ErrImageNeverPull', message }
    }
    return this.#pull(request, image)
  }

  /** Forgets what a pod's pulls did. */
  forget(podUid: string): void {
    this.#backoff.forgetPrefix(`${podUid}_`)
    for (const key of this.#failures.keys()) {
      if (key.startsWith(`${podUid}_`)) this.#failures.delete(key)
    }
  }

  async #pull(request: PullRequest, image: string): Promise<PullOutcome> {
    const { pod, container, event, signal } = request
    const given = goQuote(container.image ?? '')
    const key = `${pod.metadata.uid}_${image}`
    const rest = this.#backoff.restSinceFailure(key)
    if (rest !== undefined) {
      const message = `Back-off pulling image ${given}`
      event('Normal', 'BackOff', message)
      const cause = this.#failures.get(key)
      return {
        failure: 'ImagePullBackOff',
        message: cause === undefined ? message : `${message}: ${cause}`,
        retryAfterMs: rest.remainingMs,
      }
    }
    event('Normal', 'Pulling', `Pulling image ${given}`)
    const { clock } = this.#options
    const waitingFromMs = clock.monotonicMs()
    using _place = await this.#places.take(signal)
    const fromMs = clock.monotonicMs()
    try {
      const pulled = await this.#pullAs(request, image)
      const nowMs = clock.monotonicMs()
      const took = `${goMilliseconds(nowMs - fromMs)} (${goMilliseconds(nowMs - waitingFromMs)} including waiting)`
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image ${given} in ${took}. Image size: ${pulled.size} bytes.`,
      )
      this.#failures.delete(key)
      this.#backoff.forget(key)
      return { image: pulled }
    } catch (error) {
      signal.throwIfAborted()
      event('Warning', 'Failed', `Failed to pull image ${given}: ${text(error)}`)
      this.#backoff.failed(key, clock.nowMs())
      const outcome = failureOf(given, error)
      this.#failures.set(key, `${outcome.failure}: ${outcome.message}`)
      return outcome
    }
  }

  /** Tries each credential that fits, and without any when none does. */
  async #pullAs(request: PullRequest, image: string): Promise<Image> {
    const { cri, credentials } = this.#options
    const all = [...request.secrets.flatMap(readable), ...credentials]
    const fitting = credentialsFor(image, all)
    let failure: unknown
    for (const auth of fitting.length === 0 ? [undefined] : fitting) {
      try {
        const pull = { image: { image }, auth, sandboxConfig: request.sandboxConfig }
        const reference = await cri.pullImage(pull, { signal: request.signal })
        const pulled =
          (await cri.imageStatus(image, { signal: request.signal })) ??
          (await cri.imageStatus(reference, { signal: request.signal }))
        if (pulled === undefined) throw new Error(`image ${image} vanished after its pull`)
        return pulled
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}

/** A broken Secret has no credentials; the pull's own failure tells of it. */
function readable(secret: Secret): readonly RegistryCredential[] {
  try {
    return credentialsOfSecret(secret)
  } catch {
    return []
  }
}

/** Runtimes put these words first for failures that upstream names. */
const named = ['RegistryUnavailable', 'SignatureValidationFailed'] as const

function failureOf(image: string, error: unknown): Extract<PullOutcome, { failure: unknown }> {
  const details = text(error)
  const name = named.find((each) => details.includes(`desc = ${each}`))
  if (name === undefined) return { failure: 'ErrImagePull', message: details }
  const why =
    name === 'RegistryUnavailable'
      ? 'the registry is unavailable'
      : 'the signature validation failed'
  return { failure: name, message: `image pull failed for ${image} because ${why}: ${details}` }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
