/** Every bound of the HTTP side, with its reason. */
export const limits = {
  requestBodyBytesMax: 3 * 1024 * 1024, // upstream's MaxRequestBodyBytes, twice etcd's own limit
  headerBytesMax: 64 * 1024, // a bearer token with many claims is a few KiB; Go allows 1 MiB
  headersTimeoutMs: 32_000, // upstream's ReadHeaderTimeout: it stops slow-loris clients
  lingerMs: 500, // for the answer to reach a client whose request is not read to its end, as Go's server
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 90_000, // upstream's IdleTimeout of keep-alive connections
  concurrentStreamsMax: 1000, // per HTTP/2 connection; upstream's 100 makes one client of many watches open ten
  streamWindowBytes: 256 * 1024, // upstream's, so that bodies come in one go
  requestTimeoutMs: 60_000, // upstream's --request-timeout
  watchTimeoutMinMs: 1_800_000, // upstream's --min-request-timeout; the rest, up to twice that, is random
  watchBufferBytesMax: 16 * 1024 * 1024, // what a slow watcher may leave unread before it is cut off
  watchQueueEventsMax: 100_000, // the same for a watcher in this process; a resync of 5,000 pods fits
  gzipBytesMin: 128 * 1024, // upstream compresses nothing smaller
  http1WriteBytesMax: 256 * 1024, // what of a large answer is handed to a socket at once
  warningsMax: 64,
  warningBytesMax: 4096, // upstream's truncateAtTotalRunes: proxies refuse longer headers
  acceptHeadersMax: 512, // parsed Accept headers kept; clients send a handful
  fieldManagerLengthMax: 128, // upstream's FieldManagerMaxLength
} as const
