/** Bounds of every backend. */
export const limits = {
  /** Changes a watcher may lag behind before it is ended: what one relist replaces. */
  watchBacklogMax: 10_000,
  /** The same in bytes: ten thousand large objects would be gigabytes. */
  watchBacklogBytesMax: 64 * 1024 * 1024,
  /** Writes in one transaction: enough to hide the disk's flush, few enough to keep the loop responsive. */
  commitWritesMax: 256,
  /** Rows read in one turn of the loop by a scan. */
  scanRowsMax: 2_000,
  /** Rows read at once when a watcher starts in the past. */
  catchUpRowsMax: 500,
  /** Log rows looked at by one step of compaction: about half a millisecond of the loop. */
  compactionRowsPerStep: 128,
  /** Pages given back to the file system by one step of compaction. */
  vacuumPagesPerStep: 64,
  /** Expired keys removed by one step. */
  expiriesPerStep: 100,
  /** Pages in the write-ahead log before they are moved to the database file. */
  walPagesMax: 2000,
  /** Expiry is not finer than this, so that a timer is never armed twice within it. */
  expiryGranularityMs: 1000,
} as const
