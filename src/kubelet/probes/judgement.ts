/** From single results to a verdict: thresholds, pure. Upstream: pkg/kubelet/prober/worker.go. */
import type { Probe } from '#api/core/v1.gen.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'
export type Verdict = 'success' | 'failure'

export interface Judgement {
  /** Undefined: the startup probe has not decided yet. */
  readonly verdict: Verdict | undefined
  readonly last: Verdict | undefined
  /** How often `last` came in a row. */
  readonly run: number
}

/** A container is not ready, and alive, until its probes say otherwise; or as it was known before. */
export function begin(
  kind: ProbeKind,
  known: { readonly started: boolean; readonly ready: boolean },
): Judgement {
  const verdicts = {
    startup: known.started ? 'success' : undefined,
    readiness: known.ready ? 'success' : 'failure',
    liveness: 'success',
  } as const
  return { verdict: verdicts[kind], last: undefined, run: 0 }
}

export function judge(
  before: Judgement,
  result: Verdict,
  probe: Pick<Probe, 'failureThreshold' | 'successThreshold'>,
): Judgement {
  const run = before.last === result ? before.run + 1 : 1
  const needed =
    result === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1)
  return { verdict: run < needed ? before.verdict : result, last: result, run }
}
