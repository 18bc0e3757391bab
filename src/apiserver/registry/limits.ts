export const limits = {
  /** etcd refuses larger requests (--max-request-bytes), and clients expect no more. */
  objectBytesMax: 1.5 * 1024 * 1024,
  /** Upstream: registry/generic/registry/store.go, maxNameGenerationCreateAttempts. */
  generateNameAttemptsMax: 8,
  /** Reads and tries of a write that named no resourceVersion and lost races; each lost one was another's win. */
  conflictRetriesMax: 500,
  /** Deletions of one deletecollection under way at once. */
  deleteCollectionParallelMax: 32,
  /** How much history the store keeps. Upstream: --etcd-compaction-interval. */
  compactionIntervalMs: 5 * 60_000,
} as const
