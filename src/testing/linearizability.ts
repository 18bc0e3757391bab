/**
 * Whether what clients saw of a register could have happened one operation after the other, each between
 * its call and its answer. The search is Wing and Gong's with Lowe's cache, as in Porcupine: operations
 * are tried in every order that real time allows, and no combination of done operations and state is
 * looked at twice.
 */

/** `undefined` is the register that holds nothing. */
type State = string | undefined

/** One client's operation on one register. Values are written at most once each. */
export interface Operation {
  readonly calledAt: number
  /** Infinity: the client never learned what became of it. */
  readonly answeredAt: number
  readonly action:
    | { readonly type: 'read'; readonly seen: State }
    | {
        readonly type: 'swap'
        readonly from: State
        readonly to: State
        /** `found`: it was refused because of that. */
        readonly outcome: 'done' | 'unknown' | { readonly found: State }
      }
}

/** Undefined: the history is linearizable; else the operations that no order explains, as a text. */
export function linearizabilityProblem(operations: readonly Operation[]): string | undefined {
  const head = linkedHistory(operations)
  const seen = new Set<string>()
  const undo: { call: Entry; state: State; done: bigint }[] = []
  let state: State
  let done = 0n
  let furthest = 0
  let entry = head.next
  while (head.next !== undefined && entry !== undefined) {
    const next = entry.answer === undefined ? undefined : step(state, entry.operation)
    if (entry.answer !== undefined) {
      const doneThen = done | (1n << BigInt(entry.id))
      const id = `${doneThen}:${next?.state ?? '\0'}`
      if (next === undefined || seen.has(id)) {
        entry = entry.next
        continue
      }
      seen.add(id)
      undo.push({ call: entry, state, done })
      furthest = Math.max(furthest, undo.length)
      state = next.state
      done = doneThen
      lift(entry)
      entry = head.next
      continue
    }
    // An answer came, and its operation could not be put before it: take the last step back.
    const last = undo.pop()
    if (last === undefined) return explain(operations, furthest)
    state = last.state
    done = last.done
    unlift(last.call)
    entry = last.call.next
  }
  return undefined
}

/** A call, or the answer to one, in a list that is ordered by time. */
interface Entry {
  readonly id: number
  readonly operation: Operation
  /** Of a call. */
  readonly answer: Entry | undefined
  previous: Entry | undefined
  next: Entry | undefined
}

/** Undefined: it cannot have happened now. */
function step(state: State, { action }: Operation): { readonly state: State } | undefined {
  if (action.type === 'read') return action.seen === state ? { state } : undefined
  const { from, to, outcome } = action
  if (outcome === 'done') return state === from ? { state: to } : undefined
  // Nobody saw how it ended: also that it is refused explains it.
  if (outcome === 'unknown') return { state: state === from ? to : state }
  return state === outcome.found && state !== from ? { state } : undefined
}

function linkedHistory(operations: readonly Operation[]): { next: Entry | undefined } {
  const points = operations.flatMap((operation, id) => {
    const answer: Entry = { id, operation, answer: undefined, previous: undefined, next: undefined }
    const call: Entry = { id, operation, answer, previous: undefined, next: undefined }
    return [
      { at: operation.calledAt, rank: 0, entry: call },
      { at: operation.answeredAt, rank: 1, entry: answer },
    ]
  })
  points.sort((a, b) => (a.at === b.at ? a.rank - b.rank : a.at < b.at ? -1 : 1))
  const head: Entry = {
    id: -1,
    operation: { calledAt: 0, answeredAt: 0, action: { type: 'read', seen: undefined } },
    answer: undefined,
    previous: undefined,
    next: undefined,
  }
  let last = head
  for (const { entry } of points) {
    last.next = entry
    entry.previous = last
    last = entry
  }
  return head
}

/** Takes a call and its answer out of the list; they remember their places. */
function lift(call: Entry): void {
  unlink(call)
  if (call.answer !== undefined) unlink(call.answer)
}

function unlift(call: Entry): void {
  if (call.answer !== undefined) relink(call.answer)
  relink(call)
}

function unlink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry.next
  if (entry.next !== undefined) entry.next.previous = entry.previous
}

function relink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry
  if (entry.next !== undefined) entry.next.previous = entry
}

function explain(operations: readonly Operation[], furthest: number): string {
  const lines = operations
    .toSorted((a, b) => a.calledAt - b.calledAt)
    .map(({ calledAt, answeredAt, action }) => {
      const times = `${calledAt.toFixed(1)}-${answeredAt.toFixed(1)}`
      return `${times} ${JSON.stringify(action)}`
    })
  return `only ${furthest} of ${operations.length} operations have an order:\n${lines.join('\n')}`
}
