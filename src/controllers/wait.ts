/** Timers do not reach further than 24 days: who waits for longer looks again once a day. */
export const waitMaxMs = 24 * 3_600_000
