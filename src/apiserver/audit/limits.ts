export const limits = {
  /** Upstream: audit/request.go, maxUserAgentLength. */
  userAgentLengthMax: 1024,
  /** Of events that wait in a batch: ten thousand events of a hundred kilobytes would be a gigabyte. */
  bufferedBytesMax: 64 * 1024 * 1024,
  /** Batches that are with a webhook at a time; upstream knows no bound. */
  sendingMax: 100,
  /** A log that names no size is rotated at this many megabytes, as upstream's library does. */
  defaultSizeMegabytes: 100,
} as const
