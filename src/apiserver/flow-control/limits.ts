export const limits = {
  /** Upstream's --max-requests-inflight. */
  readsInFlightMax: 400,
  /** Upstream's --max-mutating-requests-inflight. */
  writesInFlightMax: 200,
  /** A quarter of a request's time: upstream's defaultRequestWaitLimit. */
  waitMsMax: 15_000,
  /** How often those who have waited too long are looked for. */
  waitSweepMs: 1_000,
  /** Upstream: apf_controller.go, borrowingAdjustmentPeriod. */
  borrowingAdjustmentMs: 10_000,
} as const
