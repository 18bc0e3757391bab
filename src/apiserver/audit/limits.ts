export const limits = {
  /** Upstream: audit/request.go, maxUserAgentLength. */
  userAgentLengthMax: 1024,
  /** Lines that wait for the disk with `--audit-log-mode=batch`: upstream's batch buffer. */
  bufferedEventsMax: 10_000,
  /** The same in bytes: ten thousand events of a hundred kilobytes would be a gigabyte. */
  bufferedBytesMax: 64 * 1024 * 1024,
  /** A log that names no size is rotated at this many megabytes, as upstream's library does. */
  defaultSizeMegabytes: 100,
} as const
