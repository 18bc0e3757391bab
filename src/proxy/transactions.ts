/**
 * Rules become iptables-restore input. One change costs a few lines; a full write goes port by port, so
 * that at no moment a port that works stops working, and ends with the shared chains in one piece.
 */
import type { SavedTable, Table } from '#linux/iptables.ts'
import { baseChains, baseJumps, jumpRule, lastRules } from './base-rules.ts'
import { chains, isPortChain, sharedChains } from './chains.ts'
import type { Jump, OwnTable } from './chains.ts'
import type { NodeFacts, PortRules, SharedRule } from './compile.ts'
import { limits } from './limits.ts'

export type Saved = ReadonlyMap<Table, SavedTable>
export type Ports = ReadonlyMap<string, PortRules>

export interface PortChange {
  /** What the kernel holds; undefined: nothing. */
  readonly prior: PortRules | undefined
  /** What it shall hold; undefined: nothing. */
  readonly next: PortRules | undefined
}

/** Transactions, to be applied in order, that bring the kernel from `prior` to `next`. */
export function planChanges(
  changes: readonly PortChange[],
  ports: Ports,
  node: NodeFacts,
): string[] {
  const shared = sharedDifference(changes)
  const own = changes.map(({ prior, next }) => changedChains(prior, next))
  const stale = staleChains(changes)
  if (shared.removed.length + shared.added.length > limits.sharedChangesMax) {
    return [...ownChains(own), rewriteShared(ports, node), ...deleteChains(stale)]
  }
  const nat = [
    ...own.flatMap((chainsOfPort) => chainLines(chainsOfPort.keys())),
    ...chainLines(stale),
    ...own.flatMap(ruleLines),
    ...sharedLines(shared, 'nat'),
    ...stale.map((chain) => `-X ${chain}`),
  ]
  const text = transaction('filter', sharedLines(shared, 'filter')) + transaction('nat', nat)
  return text === '' ? [] : [text]
}

/** Transactions that make the kernel hold all of ours, whatever it holds now. */
export function planAll(ports: Ports, node: NodeFacts, saved: Saved): string[] {
  const wanted = new Set([...ports.values()].flatMap((port) => [...port.chains.keys()]))
  const stale = [...(saved.get('nat')?.keys() ?? [])].filter(
    (chain) => isPortChain(chain) && !wanted.has(chain),
  )
  return [
    base(node, saved),
    ...ownChains([...ports.values()].map((port) => port.chains)),
    rewriteShared(ports, node),
    ...deleteChains(stale),
  ]
}

/** Why the kernel does not hold what it should, or undefined when it does. */
export function findDamage(ports: Ports, node: NodeFacts, saved: Saved): string | undefined {
  for (const table of ['mangle', 'filter', 'nat'] as const) {
    if (saved.get(table)?.has(chains.canary) !== true) return `${table} has been flushed`
  }
  const missing = missingJumps(node, saved)[0]
  if (missing !== undefined) return `${missing.from} does not jump to ${missing.to}`
  const expected = expectedCounts(ports, node)
  for (const [table, counts] of expected) {
    for (const [chain, count] of counts) {
      const have = saved.get(table)?.get(chain)?.length
      if (have !== count) return `${table} ${chain} has ${have ?? 'gone'}, not ${count} rules`
    }
  }
  for (const chain of saved.get('nat')?.keys() ?? []) {
    if (isPortChain(chain) && expected.get('nat')?.has(chain) !== true) return `${chain} is stale`
  }
  return undefined
}

/** Removes everything of ours and nothing else. */
export function planCleanup(saved: Saved): string {
  let text = ''
  for (const [table, savedChains] of saved) {
    const lines: string[] = []
    const ours = [...savedChains.keys()].filter(isOurs)
    const foreign = [...savedChains]
      .filter(([chain]) => !isOurs(chain))
      .flatMap(([, rules]) => rules)
    const kept = new Set<string>()
    for (const rule of foreign) {
      const target = ours.find(
        (chain) => rule.endsWith(`-j ${chain}`) || rule.includes(`-j ${chain} `),
      )
      if (target === undefined) continue
      if (isBuiltIn(rule)) lines.push(rule.replace('-A ', '-D '))
      // Somebody else's chain relies on ours: it is emptied, but must stay.
      else kept.add(target)
    }
    const deletions = ours.filter((chain) => !kept.has(chain)).map((chain) => `-X ${chain}`)
    text += transaction(table, [...chainLines(ours), ...lines, ...deletions])
  }
  return text
}

function isOurs(chain: string): boolean {
  return isPortChain(chain) || (Object.values(chains) as string[]).includes(chain)
}

function isBuiltIn(rule: string): boolean {
  return /^-A (?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) /.test(rule)
}

/** Canaries, chains that others refer to, our base rules, and the jumps that are missing. */
function base(node: NodeFacts, saved: Saved): string {
  const rules = baseChains(node)
  const jumps = missingJumps(node, saved)
  let text = transaction('mangle', chainLines([chains.canary]))
  for (const table of ['filter', 'nat'] as const) {
    const shared = sharedChains
      .filter((each) => each.table === table && saved.get(table)?.has(each.chain) !== true)
      .map((each) => each.chain)
    text += transaction(table, [
      ...chainLines([chains.canary, ...shared, ...rules[table].keys()]),
      ...ruleLines(rules[table]),
      ...jumps
        .filter((jump) => jump.table === table)
        .map((jump) => `-I ${jump.from} ${jumpRule(jump)}`),
    ])
  }
  return text
}

function missingJumps(node: NodeFacts, saved: Saved): Jump[] {
  return baseJumps(node).filter((jump) => {
    const rules = saved.get(jump.table)?.get(jump.from) ?? []
    const comment = jump.comment === undefined ? '' : `"${jump.comment}"`
    return !rules.some((rule) => rule.endsWith(`-j ${jump.to}`) && rule.includes(comment))
  })
}

function ownChains(all: readonly ReadonlyMap<string, readonly string[]>[]): string[] {
  return batches(all.filter((each) => each.size > 0)).map((batch) =>
    transaction('nat', [
      ...batch.flatMap((each) => chainLines(each.keys())),
      ...batch.flatMap(ruleLines),
    ]),
  )
}

function deleteChains(stale: readonly string[]): string[] {
  return batches(stale).map((batch) =>
    transaction('nat', [...chainLines(batch), ...batch.map((chain) => `-X ${chain}`)]),
  )
}

/** All shared chains anew; a reader of the tables sees the old or the new, nothing between. */
function rewriteShared(ports: Ports, node: NodeFacts): string {
  const rules = new Map<string, string[]>(
    sharedChains.map(({ table, chain }) => [`${table} ${chain}`, []]),
  )
  for (const port of ports.values()) {
    for (const { table, chain, rule } of port.shared) rules.get(`${table} ${chain}`)?.push(rule)
  }
  return (['filter', 'nat'] as const)
    .map((table) => {
      const own = sharedChains.filter((each) => each.table === table)
      const lines = own.flatMap(({ chain }) =>
        [...(rules.get(`${table} ${chain}`) ?? []), ...lastRules(table, chain, node)].map(
          (rule) => `-A ${chain} ${rule}`,
        ),
      )
      return transaction(table, [...chainLines(own.map((each) => each.chain)), ...lines])
    })
    .join('')
}

/** The chains of `next` whose rules are not those of `prior`. */
function changedChains(
  prior: PortRules | undefined,
  next: PortRules | undefined,
): ReadonlyMap<string, readonly string[]> {
  if (next === undefined) return new Map()
  if (prior === undefined) return next.chains
  const text = (rules: readonly string[] | undefined): string | undefined => rules?.join('\n')
  return new Map(
    [...next.chains].filter(([chain, rules]) => text(prior.chains.get(chain)) !== text(rules)),
  )
}

function staleChains(changes: readonly PortChange[]): string[] {
  return changes.flatMap(({ prior, next }) =>
    [...(prior?.chains.keys() ?? [])].filter((chain) => next?.chains.has(chain) !== true),
  )
}

interface SharedDifference {
  readonly removed: readonly SharedRule[]
  readonly added: readonly SharedRule[]
}

function sharedDifference(changes: readonly PortChange[]): SharedDifference {
  const removed: SharedRule[] = []
  const added: SharedRule[] = []
  const text = ({ table, chain, rule }: SharedRule): string => `${table} ${chain} ${rule}`
  for (const { prior, next } of changes) {
    const before = new Set(prior?.shared.map(text))
    const after = new Set(next?.shared.map(text))
    removed.push(...(prior?.shared ?? []).filter((rule) => !after.has(text(rule))))
    added.push(...(next?.shared ?? []).filter((rule) => !before.has(text(rule))))
  }
  return { removed, added }
}

/** New rules go to the front: the last rule of a chain must stay the last. */
function sharedLines({ removed, added }: SharedDifference, table: OwnTable): string[] {
  const of = (rules: readonly SharedRule[], verb: string): string[] =>
    rules.filter((rule) => rule.table === table).map((rule) => `${verb} ${rule.chain} ${rule.rule}`)
  return [...of(removed, '-D'), ...of(added, '-I')]
}

function expectedCounts(ports: Ports, node: NodeFacts): Map<OwnTable, Map<string, number>> {
  const rules = baseChains(node)
  const count = (table: OwnTable): Map<string, number> =>
    new Map([...rules[table]].map(([chain, of]) => [chain, of.length]))
  const nat = count('nat')
  const filter = count('filter')
  const of = (table: OwnTable): Map<string, number> => (table === 'nat' ? nat : filter)
  for (const { table, chain } of sharedChains) {
    of(table).set(chain, lastRules(table, chain, node).length)
  }
  for (const port of ports.values()) {
    for (const [chain, own] of port.chains) nat.set(chain, own.length)
    for (const { table, chain } of port.shared) {
      of(table).set(chain, (of(table).get(chain) ?? 0) + 1)
    }
  }
  return new Map([
    ['nat', nat],
    ['filter', filter],
  ])
}

function chainLines(names: Iterable<string>): string[] {
  return [...names].map((name) => `:${name} - [0:0]`)
}

function ruleLines(rules: ReadonlyMap<string, readonly string[]>): string[] {
  return [...rules].flatMap(([chain, of]) => of.map((rule) => `-A ${chain} ${rule}`))
}

/** '' when there is nothing to do. */
function transaction(table: Table, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `*${table}\n${lines.join('\n')}\nCOMMIT\n`
}

function batches<T>(all: readonly T[]): T[][] {
  const result: T[][] = []
  for (let start = 0; start < all.length; start += limits.portsPerTransaction) {
    result.push(all.slice(start, start + limits.portsPerTransaction))
  }
  return result
}
