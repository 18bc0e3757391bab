/** Bounds of the etcd client, each with its reason. */
export const limits = {
  /** TCP and TLS: a member that hangs is left for the next. */
  connectTimeoutMs: 3_000,
  /** One attempt of a read; the next member is asked then. */
  readAttemptMs: 4_000,
  /** All attempts of a read: an API request waits no longer. */
  readTotalMs: 15_000,
  /** A write is sent once: it gets the time that a slow disk and an election need. */
  writeMs: 10_000,
  /** Compacting a long history takes etcd a while. */
  compactMs: 60_000,
  /** etcd ends connections that are pinged more often than every 5 s (keepalive's MinTime). */
  keepAliveMs: 6_000,
  keepAliveTimeoutMs: 3_000,
  /** Pauses when no member could be asked. */
  retry: { initialMs: 50, maxMs: 2_000, factor: 2 },
  retryJitter: 0.5,
  /** An answer: a page of a thousand objects that are as large as etcd takes them, and some. */
  messageBytesMax: 512 * 1024 * 1024,
  /** Flow-control windows: what may be on its way before we have read it. */
  streamWindowBytes: 4 * 1024 * 1024,
  connectionWindowBytes: 16 * 1024 * 1024,
  /** A watcher that waits for a revision gets the event within this, or asks for progress. */
  progressDelayMs: 10,
  /** Upstream asks every 100 ms (progressRequestPeriod in storage/cacher/progress). */
  progressIntervalMs: 100,
  /** Objects that were written and whose events have not come: then they are parsed from the bytes. */
  attachmentsMax: 4_096,
  /** Versions of a key that are looked at to learn what became of a write. */
  readBackVersionsMax: 16,
  /** Upstream: --lease-reuse-duration-seconds, and defaultLeaseMaxObjectCount. */
  leaseReuseSeconds: 60,
  leaseObjectsMax: 1_000,
} as const
