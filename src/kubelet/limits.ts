/** Every limit and period of the kubelet, with its reason. */
export const limits = {
  /** Upstream's --max-pods. */
  podsMax: 110,
  /** Upstream's nodeStatusUpdateFrequency and nodeStatusReportFrequency. */
  nodeStatusPeriodMs: 10_000,
  nodeStatusReportPeriodMs: 300_000,
  /** Upstream's evictionPressureTransitionPeriod. */
  pressureTransitionMs: 300_000,
  /** Upstream: a lease of 40 s, renewed after a quarter of it. */
  leaseDurationSeconds: 40,
  leaseRenewPeriodMs: 10_000,
  /** Events tell us of changes; relisting only finds what events missed. */
  relistPeriodMs: 15_000,
  /** How long a runtime's own view may lag behind its exit event. */
  exitSettleMs: 1_000,
  /** Until what a runtime has stopped is looked at again, when it still seems to run. */
  stubbornRetryMs: 200,
  /** Until a runtime that does not show a resize is told of it again. */
  resizeRestMs: 300_000,
  /** Upstream's backOffPeriod: a pod whose sync failed is tried again. */
  syncRetryMs: 10_000,
  /** Upstream's --pod-max... crash loop: 10 s doubled to 5 min, forgotten after twice that. */
  crashBackoffInitialMs: 10_000,
  crashBackoffMaxMs: 300_000,
  imageBackoffInitialMs: 10_000,
  imageBackoffMaxMs: 300_000,
  /** More pulls only fight for one disk. */
  imagePullsParallelMax: 5,
  /** Sandboxes started at once: more only queue inside the runtime and the kernel's locks. */
  podStartsParallelMax: 8,
  /** Upstream's operation backoff: 500 ms doubled to 2 min 2 s. */
  mountBackoffInitialMs: 500,
  mountBackoffMaxMs: 122_000,
  /** Upstream's minimumGracePeriodInSeconds. */
  minimumGraceSeconds: 2,
  /** Upstream's defaults for containerLogMaxSize and containerLogMaxFiles. */
  containerLogBytesMax: 10 * 1024 * 1024,
  containerLogFilesMax: 5,
  housekeepingPeriodMs: 10_000,
  /** How often shims that the runtime has lost are looked for; longer than a pod may take to start. */
  lostShimsPeriodMs: 300_000,
  /** Upstream's ImageGCPeriod. */
  imageCollectionPeriodMs: 300_000,
  /** Upstream's MaxContainerTerminationMessageLength and -LogLength, -LogLines. */
  terminationMessageBytesMax: 4096,
  terminationLogBytesMax: 2048,
  terminationLogLinesMax: 80,
  /** Upstream's nodeStatusMaxImages. */
  nodeStatusImagesMax: 50,
  eventQueueMax: 1_000,
  probeResponseBytesMax: 10 * 1024,
} as const
