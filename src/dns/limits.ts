export const limits = {
  /** Seconds; the Corefile of kubeadm says `ttl 30`. */
  ttlSeconds: 30,
  /** Seconds; CoreDNS's answer for dns-version. */
  versionTtlSeconds: 28_800,
  /** Bytes of a UDP answer to a client without EDNS0. */
  udpBytesMin: 512,
  /** What we offer and take at most: larger datagrams would be fragmented. */
  udpBytesMax: 1_232,
  /** The length prefix of TCP has 16 bits. */
  tcpBytesMax: 65_535,
  tcpConnectionsMax: 1_000,
  tcpIdleMs: 10_000,
  /** Queries under way to upstreams; CoreDNS's max_concurrent as kubeadm sets it. */
  forwardsMax: 1_000,
  /** One try at one upstream. */
  upstreamTryMs: 2_000,
  /** All tries of one query; resolvers of clients give up after 5 s. */
  upstreamTotalMs: 4_500,
  /** After so many failures in a row an upstream is left alone for a while. */
  upstreamFailuresMax: 2,
  upstreamRestMsMin: 500,
  upstreamRestMsMax: 10_000,
  /** Answers of upstreams; CoreDNS's default. */
  cacheEntriesMax: 9_984,
  /** Seconds; kubeadm's `cache 30`. */
  cacheTtlSecondsMax: 30,
  /** Seconds that a failure is remembered; CoreDNS's default. */
  cacheFailureSeconds: 5,
  /** Aliases that are followed for one question. */
  aliasesMax: 8,
  /** How long a probe for forwarding loops may take to come back. */
  loopProbeMs: 2_000,
} as const
