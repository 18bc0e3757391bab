export const limits = {
  /** Changes that arrive together are applied together. */
  batchMs: 10,
  /** How often the tables are compared with what they should hold; upstream's syncPeriod. */
  verifyMs: 30_000,
  /** Comparing many rules is dear: it may take this share of the time at most. */
  verifyShare: 1 / 200,
  retryMsMin: 1_000,
  retryMsMax: 30_000,
  /** iptables-nft takes time with the square of a transaction's size. */
  portsPerTransaction: 200,
  /** Beyond this many changes of shared chains, writing them anew is quicker. */
  sharedChangesMax: 200,
  /** Upstream's largeClusterEndpointsThreshold. */
  manyEndpoints: 1_000,
  /** Upstream's health timeout: twice the sync period. */
  unhealthyMs: 60_000,
} as const
