/** Grows trust with success, so that a create that can only fail does not fail a thousand times. */

/**
 * Calls `task` `count` times: one, then two at once, four … as long as none fails. Returns how many went
 * well and the first failure; what was not tried is neither.
 * Upstream: pkg/controller/replicaset, slowStartBatch.
 */
export async function slowStart(
  count: number,
  task: () => Promise<void>,
): Promise<{ readonly succeeded: number; readonly failure: unknown }> {
  let succeeded = 0
  for (let batch = Math.min(1, count); batch > 0;) {
    const results = await Promise.allSettled(Array.from({ length: batch }, task))
    const failure = results.find((result) => result.status === 'rejected')
    succeeded += results.filter((result) => result.status === 'fulfilled').length
    if (failure !== undefined) return { succeeded, failure: failure.reason }
    batch = Math.min(2 * batch, count - succeeded)
  }
  return { succeeded, failure: undefined }
}
