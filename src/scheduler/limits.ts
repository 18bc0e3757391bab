export const limits = {
  podInitialBackoffMs: 1_000, // upstream's podInitialBackoffSeconds
  podMaxBackoffMs: 10_000, // upstream's podMaxBackoffSeconds
  /** Pods that nothing woke are tried again after this long, as upstream's 5 minutes. */
  unschedulableMaxMs: 300_000,
  unschedulableFlushMs: 30_000,
  /** An assumed pod whose binding was never seen is forgotten after this long. */
  assumedExpiryMs: 30_000,
  /** Bindings under way at once: enough to keep the API server busy, few enough to fail fast. */
  bindingsMax: 64,
  bindTimeoutMs: 30_000,
  /** Upstream: minFeasibleNodesToFind. */
  feasibleNodesMin: 100,
  feasiblePercentMin: 5,
  /** Nodes on which preemption is tried out, at the least; a tenth of all otherwise. */
  preemptionCandidatesMin: 100,
} as const
