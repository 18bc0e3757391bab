export const limits = {
  /** Upstream's timeout of the discovery check. */
  askTimeoutMs: 5_000,
  /** Upstream's number of discovery checks, of which one must succeed: endpoints differ. */
  askAttempts: 5,
  /** How often a server is asked whether it is still there: upstream's resync. */
  resyncMs: 30_000,
  /** After a failure, growing up to the resync: upstream's rate limit of the queue begins lower. */
  retryMinMs: 1_000,
  /** Documents of discovery and OpenAPI; those of large servers are some MiB. */
  documentBytesMax: 32 * 1024 * 1024,
  /** Connections to one server: each carries one request at a time, watches hold theirs. */
  socketsMax: 256,
  idleSocketsMax: 16,
  connectTimeoutMs: 30_000,
} as const
