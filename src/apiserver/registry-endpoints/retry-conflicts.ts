import { isStatus, modified } from '#api/meta/status.ts'

const attemptsMax = 20 // upstream's EvictionsRetry

/** Again, as long as another writer was faster. Other failures, also other conflicts, go through. */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const lostRace = isStatus(error, 'Conflict') && error.message.endsWith(modified)
      if (!lostRace || attempts === attemptsMax) throw error
    }
  }
}
