export const limits = {
  /** Events a resource keeps for watches that resume; then 410. Upstream keeps up to 102,400. */
  windowEventsMax: 16_384,
  /** Bytes of the objects in those events: what bounds the window of large objects. */
  windowBytesMax: 24 * 1024 * 1024,
  /** Kept whatever their size, as upstream's lower bound. */
  windowEventsMin: 100,
  /** The newest events that may keep their parsed objects; the rest are bytes, a quarter of the memory. */
  windowParsedMax: 256,
  /** Upstream: staging/src/k8s.io/apiserver/pkg/storage/cacher/cacher.go, bookmarkFrequency. */
  bookmarkIntervalMs: 60_000,
  /** How long before its end a watch gets its last bookmark, as upstream. */
  bookmarkBeforeTimeoutMs: 2_000,
  /** How long a read waits for a resourceVersion, as upstream's blockTimeout. */
  freshnessTimeoutMs: 3_000,
  /** Filtered lists that are kept for one state of a resource. */
  filteredListsMax: 64,
  /** Entries read at once when the cache fills. */
  loadPageEntriesMax: 1_000,
  /** Pause before a broken watch of the store is opened again. */
  rewatchDelayMs: 1_000,
} as const
