/** Macros that walk lists and maps, with the prices of the comprehensions that upstream makes of them. */
import { prices } from './budget.ts'
import type { Fold, FoldMacro } from './syntax.ts'
import { planStep, withLocals, type Frame, type Plan, type Step } from './program.ts'
import { EvaluationError, isMap, keyText, ListValue, LiteralMap, type Value } from './value.ts'

interface Walk {
  readonly keySlot: number | undefined
  readonly itemSlot: number
  readonly range: Step
  readonly filter: Step | undefined
  readonly body: Step
}

export function planFold(fold: Fold, plan: Plan): Step {
  const names = fold.key === undefined ? [fold.item] : [fold.key, fold.item]
  const scope = withLocals(plan.scope, names)
  const inner = { ...plan, scope }
  return walkers[fold.macro]({
    keySlot: fold.key === undefined ? undefined : scope.get(fold.key),
    itemSlot: scope.get(fold.item) as number,
    range: planStep(fold.range, plan),
    filter: fold.filter === undefined ? undefined : planStep(fold.filter, inner),
    body: planStep(fold.body, inner),
  })
}

/** Sets the variables to each element in turn. */
function* elements(walk: Walk, frame: Frame): Generator<readonly [Value, Value]> {
  const range = walk.range(frame)
  if (range instanceof ListValue) {
    for (let at = 0; at < range.size; at += 1) {
      yield enter(walk, frame, [BigInt(at), range.at(at)])
    }
  } else if (typeof range === 'object' && range !== null && isMap(range)) {
    for (const key of range.keys()) {
      yield enter(walk, frame, [key, walk.keySlot === undefined ? key : (range.get(key) ?? null)])
    }
  } else {
    throw new EvaluationError('no such overload')
  }
}

function enter(
  { keySlot, itemSlot }: Walk,
  frame: Frame,
  pair: readonly [Value, Value],
): readonly [Value, Value] {
  if (keySlot !== undefined) frame.locals[keySlot] = pair[0]
  frame.locals[itemSlot] = pair[1]
  return pair
}

/** Prices of one round of upstream's comprehension, beside its body; and of its result. */
const rounds = { all: 3, exists: 4, count: 1, list: 12, map: 32 } as const
const resultPrice = 1

/** For estimates: a round, and what the comprehension starts with. */
export const foldPrices: Readonly<Record<FoldMacro, { round: number; start: number }>> = {
  all: { round: rounds.all, start: 0 },
  exists: { round: rounds.exists, start: 0 },
  exists_one: { round: rounds.count + 1, start: 1 },
  map: { round: rounds.list, start: prices.list },
  filter: { round: rounds.list, start: prices.list },
  transformList: { round: rounds.list, start: prices.list },
  transformMap: { round: rounds.map, start: prices.map },
  transformMapEntry: { round: rounds.map, start: prices.map },
}

const walkers: Readonly<Record<FoldMacro, (walk: Walk) => Step>> = {
  all: (walk) => quantified(walk, { deciding: false, price: rounds.all }),
  exists: (walk) => quantified(walk, { deciding: true, price: rounds.exists }),
  exists_one: exactlyOne,
  map: mapped,
  transformList: mapped,
  filter: filtered,
  transformMap: mapOfBodies,
  transformMapEntry: mapOfEntries,
}

/** An error counts only when no element decides. */
function quantified(walk: Walk, { deciding, price }: { deciding: boolean; price: number }): Step {
  return (frame) => {
    let failure: EvaluationError | undefined
    for (const _ of elements(walk, frame)) {
      frame.charge(price)
      try {
        const value = walk.body(frame)
        if (value === deciding) return deciding
        if (typeof value !== 'boolean') failure ??= new EvaluationError('no such overload')
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error
        failure ??= error
      }
    }
    frame.charge(resultPrice)
    if (failure !== undefined) throw failure
    return !deciding
  }
}

function exactlyOne(walk: Walk): Step {
  return (frame) => {
    let count = 0
    for (const _ of elements(walk, frame)) {
      frame.charge(rounds.count)
      if (condition(walk.body, frame)) count += 1
    }
    frame.charge(resultPrice + 1)
    return count === 1
  }
}

function condition(step: Step, frame: Frame): boolean {
  const value = step(frame)
  if (typeof value !== 'boolean') throw new EvaluationError('no such overload')
  return value
}

function mapped(walk: Walk): Step {
  const { filter, body } = walk
  return (frame) => {
    const items: Value[] = []
    for (const _ of elements(walk, frame)) {
      frame.charge(1)
      if (filter !== undefined && !condition(filter, frame)) continue
      frame.charge(rounds.list - 1)
      items.push(body(frame))
    }
    frame.charge(resultPrice)
    return new ListValue(items)
  }
}

function filtered(walk: Walk): Step {
  return (frame) => {
    const items: Value[] = []
    for (const [, item] of elements(walk, frame)) {
      frame.charge(1)
      if (!condition(walk.body, frame)) continue
      frame.charge(rounds.list - 1)
      items.push(item)
    }
    frame.charge(resultPrice)
    return new ListValue(items)
  }
}

function mapOfBodies(walk: Walk): Step {
  const { filter, body } = walk
  return (frame) => {
    const pairs: [Value, Value][] = []
    for (const [key] of elements(walk, frame)) {
      if (filter !== undefined && !condition(filter, frame)) continue
      frame.charge(rounds.map)
      pairs.push([key, body(frame)])
    }
    frame.charge(resultPrice)
    return new LiteralMap(pairs)
  }
}

function mapOfEntries(walk: Walk): Step {
  const { filter, body } = walk
  return (frame) => {
    const pairs: [Value, Value][] = []
    for (const _ of elements(walk, frame)) {
      if (filter !== undefined && !condition(filter, frame)) continue
      frame.charge(rounds.map)
      pairs.push(...entriesOf(body(frame)))
    }
    frame.charge(resultPrice)
    return unique(pairs)
  }
}

function entriesOf(value: Value): [Value, Value][] {
  if (typeof value !== 'object' || value === null || !isMap(value)) {
    throw new EvaluationError('no such overload')
  }
  return [...value.keys()].map((key) => [key, value.get(key) ?? null])
}

function unique(pairs: readonly [Value, Value][]): LiteralMap {
  const known = new Set<Value>()
  for (const [key] of pairs) {
    if (known.has(key)) {
      throw new EvaluationError(`insert failed: key ${keyText(key)} already exists`)
    }
    known.add(key)
  }
  return new LiteralMap(pairs)
}
