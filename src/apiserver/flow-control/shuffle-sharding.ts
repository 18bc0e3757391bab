/**
 * Which queues a flow may wait in: a hand of cards dealt by the flow's hash, so that a flow that fills its
 * queues meets few others in all of them.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/shufflesharding/dealer.go, v1.36.
 */
import { createHash } from 'node:crypto'

/** Of a flow: its schema and what distinguishes it there. */
export function flowHash(schema: string, distinguisher: string): bigint {
  const hash = createHash('sha256').update(schema).update('\0').update(distinguisher).digest()
  return hash.readBigUInt64LE()
}

/** Distinct numbers below `deckSize`, the same for the same hash. */
export function deal(hash: bigint, deckSize: number, handSize: number): readonly number[] {
  const hand: number[] = []
  let rest = hash
  for (let dealt = 0; dealt < handSize; dealt++) {
    const remaining = BigInt(deckSize - dealt)
    let card = Number(rest % remaining)
    rest /= remaining
    // The card is the how-manieth of those that are left.
    for (const earlier of hand.toSorted((a, b) => a - b)) if (card >= earlier) card++
    hand.push(card)
  }
  return hand
}
