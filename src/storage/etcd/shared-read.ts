/**
 * One answer for all who ask while it is on its way and were there before it was asked: a read that
 * starts after a call shows what was true at the call, so those who come during one read share the next.
 */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const start = (): Promise<T> => {
    const started = read().finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
  const startNext = (): Promise<T> => {
    next = undefined
    return start()
  }
  return () => {
    if (next !== undefined) return next
    if (running === undefined) return start()
    next = running.then(startNext, startNext)
    return next
  }
}
