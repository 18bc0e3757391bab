/** postStart and preStop. Upstream: pkg/kubelet/lifecycle/handlers.go at v1.36. */
import type { Container, LifecycleHandler, Pod } from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { CriClient } from '#cri/client.ts'
import { podText } from '#kubelet/container/names.ts'
import { httpGet } from '#kubelet/probes/http.ts'

export interface HookTarget {
  readonly pod: Pod
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
}

/** A hook that failed; the message is the container's. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

/** Upstream's limit for the answer of an HTTP hook is the grace period's; the caller's signal is that. */
const httpTimeoutMs = 30_000

export async function runHook(
  hook: LifecycleHandler,
  target: HookTarget,
  host: { cri: CriClient; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const { pod, container } = target
  const where = `for Container "${container.name}" in Pod "${podText(pod)}" failed - error: `
  if (hook.exec !== undefined) {
    const cmd = hook.exec.command ?? []
    const answer = await host.cri
      .execSync({ containerId: target.containerId, cmd }, { signal })
      .catch((error: unknown) => {
        throw new HookError(
          `Exec lifecycle hook ([${cmd.join(' ')}]) ${where}${String(error)}, message: ""`,
        )
      })
    if (answer.exitCode === 0) return
    const output = Buffer.concat([answer.stdout, answer.stderr]).toString()
    throw new HookError(
      `Exec lifecycle hook ([${cmd.join(' ')}]) ${where}command '${cmd.join(' ')}' exited with ${answer.exitCode}: ${output}, message: ${JSON.stringify(output)}`,
    )
  }
  if (hook.httpGet !== undefined) {
    const options = {
      podIp: target.podIp,
      timeoutMs: httpTimeoutMs,
      signal,
      agent: 'kube-lifecycle/1.36',
    }
    try {
      await httpGet(hook.httpGet, container, options)
    } catch (error) {
      const path = hook.httpGet.path ?? ''
      throw new HookError(
        `HTTP lifecycle hook (${path}) ${where}${error instanceof Error ? error.message : String(error)}, message: ""`,
      )
    }
    return
  }
  if (hook.sleep !== undefined) return host.clock.sleep(hook.sleep.seconds * 1000, signal)
  throw new HookError('invalid handler: cannot run hook')
}
