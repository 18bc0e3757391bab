/** Tables without a kernel, for this folder's tests: restores are applied, and checked as the kernel would. */
import type { Iptables, Table } from '#linux/iptables.ts'
import { parseSave } from '#linux/iptables.ts'

export interface FakeIptables extends Iptables {
  /** Every restore, in order. */
  readonly restored: string[]
  readonly tables: Map<Table, Map<string, string[]>>
  /** What restores fail with. */
  failure: Error | undefined
}

/** `saved`: what is there at the start, as iptables-save prints it. */
export function fakeIptables(saved = ''): FakeIptables {
  const tables = parseSave(saved)
  const fake: FakeIptables = {
    family: 'IPv4',
    backend: 'fake',
    restored: [],
    tables,
    failure: undefined,
    save: () => Promise.resolve(tables),
    restore(input) {
      if (fake.failure !== undefined) return Promise.reject(fake.failure)
      fake.restored.push(input)
      applyRestore(tables, input)
      return Promise.resolve()
    },
  }
  return fake
}

/** Throws where the kernel would refuse: a rule to delete that is not there, a chain still in use. */
export function applyRestore(tables: Map<Table, Map<string, string[]>>, input: string): void {
  let table = new Map<string, string[]>()
  for (const line of input.split('\n')) {
    const [verb = '', chain = ''] = line.split(' ')
    const rules = table.get(chain) ?? []
    if (verb.startsWith('*')) {
      table = tables.get(verb.slice(1) as Table) ?? new Map()
      tables.set(verb.slice(1) as Table, table)
    } else if (verb.startsWith(':')) table.set(verb.slice(1), [])
    else if (verb === '-A') table.set(chain, [...rules, line])
    else if (verb === '-I') table.set(chain, [line.replace('-I', '-A'), ...rules])
    else if (verb === '-D') table.set(chain, without(rules, line.replace('-D', '-A')))
    else if (verb === '-X') remove(table, chain)
  }
}

function without(rules: readonly string[], rule: string): string[] {
  if (!rules.includes(rule)) throw new Error(`no such rule: ${rule}`)
  return rules.filter((each) => each !== rule)
}

function remove(table: Map<string, string[]>, chain: string): void {
  const user = [...table.values()].flat().find((rule) => rule.endsWith(`-j ${chain}`))
  if (user !== undefined) throw new Error(`${chain} is in use: ${user}`)
  table.delete(chain)
}
