import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSave } from '#linux/iptables.ts'
import { chains } from './chains.ts'
import { compileService } from './compile.ts'
import type { PortRules } from './compile.ts'
import { applyRestore } from './fake-iptables.ts'
import { limits } from './limits.ts'
import { sampleNode, sampleService, sampleSlice } from './samples.ts'
import { findDamage, planAll, planChanges, planCleanup } from './transactions.ts'

function port(name: string, ip: string, endpoints: string[]): PortRules {
  const service = sampleService(name, { clusterIP: ip, ports: [{ port: 80 }] })
  const [only] = compileService(service, [sampleSlice(name, endpoints)], sampleNode)
  assert.ok(only)
  return only
}

function ports(...all: PortRules[]): Map<string, PortRules> {
  return new Map(all.map((each) => [each.port.key, each]))
}

/** Hashes replaced by the order of their appearance, comments left out. */
function shorten(texts: readonly string[]): string[] {
  const names = new Map<string, string>()
  return texts.flatMap((text) =>
    text
      .replaceAll(/ -m comment --comment "[^"]*"/g, '')
      .replaceAll(/KUBE-(\w+)-(\w{16})/g, (_, kind: string, hash: string) => {
        if (!names.has(hash)) names.set(hash, `${names.size}`)
        return `${kind}${names.get(hash)}`
      })
      .replaceAll(' - [0:0]', '')
      .trim()
      .split('\n'),
  )
}

const one = port('a', '10.0.0.1', ['10.244.1.1'])
const two = port('a', '10.0.0.1', ['10.244.1.1', '10.244.1.2'])
const none = port('a', '10.0.0.1', [])

test('a new port: its chains, and one rule in front of the shared chain', () => {
  assert.deepEqual(
    shorten(planChanges([{ prior: undefined, next: one }], ports(one), sampleNode)),
    [
      '*nat',
      ':SVC0',
      ':SEP1',
      '-A SVC0 -m tcp -p tcp -d 10.0.0.1 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      '-A SVC0 -j SEP1',
      '-A SEP1 -s 10.244.1.1 -j KUBE-MARK-MASQ',
      '-A SEP1 -m tcp -p tcp -j DNAT --to-destination 10.244.1.1:80',
      '-I KUBE-SERVICES -m tcp -p tcp -d 10.0.0.1 --dport 80 -j SVC0',
      'COMMIT',
    ],
  )
})

test('an endpoint goes: one chain is written, one removed, the others are not mentioned', () => {
  assert.deepEqual(shorten(planChanges([{ prior: two, next: one }], ports(one), sampleNode)), [
    '*nat',
    ':SVC0',
    ':SEP1',
    '-A SVC0 -m tcp -p tcp -d 10.0.0.1 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
    '-A SVC0 -j SEP2',
    '-X SEP1',
    'COMMIT',
  ])
})

test('the last endpoint goes: the way in becomes a refusal', () => {
  assert.deepEqual(shorten(planChanges([{ prior: one, next: none }], ports(none), sampleNode)), [
    '*filter',
    '-I KUBE-SERVICES -m tcp -p tcp -d 10.0.0.1 --dport 80 -j REJECT',
    'COMMIT',
    '*nat',
    ':SVC0',
    ':SEP1',
    '-D KUBE-SERVICES -m tcp -p tcp -d 10.0.0.1 --dport 80 -j SVC0',
    '-X SVC0',
    '-X SEP1',
    'COMMIT',
  ])
})

test('a deleted port leaves nothing; nothing changed is nothing to do', () => {
  assert.deepEqual(shorten(planChanges([{ prior: none, next: undefined }], ports(), sampleNode)), [
    '*filter',
    '-D KUBE-SERVICES -m tcp -p tcp -d 10.0.0.1 --dport 80 -j REJECT',
    'COMMIT',
  ])
  assert.deepEqual(planChanges([{ prior: two, next: two }], ports(two), sampleNode), [])
})

test('very many changes: ports in batches, then the shared chains as a whole', () => {
  const many = Array.from({ length: limits.sharedChangesMax + 1 }, (_, index) =>
    port(`s${index}`, `10.0.${index >> 8}.${index & 255}`, ['10.244.1.1']),
  )
  const texts = planChanges(
    many.map((next) => ({ prior: undefined, next })),
    ports(...many),
    sampleNode,
  )
  assert.equal(texts.length, 3)
  assert.equal(texts.slice(0, 2).join('').includes('-A KUBE-SERVICES'), false)
  const last = texts[2]?.split('\n') ?? []
  assert.equal(last.filter((line) => line.startsWith('-A KUBE-SERVICES')).length, many.length + 1)
  assert.match(last.at(-3) ?? '', /NOTE: this must be the last rule in this chain/)
})

/** What iptables-save would say after these inputs, as far as the tests look. */
function apply(texts: readonly string[], before = ''): ReturnType<typeof parseSave> {
  const tables = parseSave(before)
  applyRestore(tables, texts.join(''))
  return tables
}

const foreign = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:OTHER - [0:0]
:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
-A PREROUTING -j OTHER
-A OTHER -j KUBE-MARK-MASQ
COMMIT
`

test('a full write leaves the kernel as it should be, without what is stale', () => {
  const all = ports(two, port('b', '10.0.0.2', []))
  const saved = apply(planAll(all, sampleNode, parseSave(foreign)), foreign)
  assert.equal(findDamage(all, sampleNode, saved), undefined)
  assert.equal(saved.get('nat')?.has('KUBE-SVC-AAAAAAAAAAAAAAAA'), false)
  assert.equal(saved.get('nat')?.get('PREROUTING')?.length, 2)
})

test('a second full write adds no second jump', () => {
  const all = ports(one)
  const saved = apply(planAll(all, sampleNode, parseSave(foreign)), foreign)
  const again = planAll(all, sampleNode, saved).join('')
  assert.equal(/^-I/m.test(again), false)
})

test('changes lead where a full write would lead', () => {
  const full = planAll(ports(one), sampleNode, new Map())
  const changes = planChanges([{ prior: one, next: two }], ports(two), sampleNode)
  const back = planChanges([{ prior: two, next: none }], ports(none), sampleNode)
  assert.equal(findDamage(ports(two), sampleNode, apply([...full, ...changes])), undefined)
  assert.equal(
    findDamage(ports(none), sampleNode, apply([...full, ...changes, ...back])),
    undefined,
  )
})

const damages: {
  title: string
  harm: (tables: ReturnType<typeof apply>) => unknown
  found: RegExp
}[] = [
  {
    title: 'a flushed table',
    harm: (tables) => tables.get('mangle')?.clear(),
    found: /^mangle has been flushed$/,
  },
  {
    title: 'a lost jump',
    harm: (tables) => tables.get('nat')?.set('OUTPUT', []),
    found: /^OUTPUT does not jump to KUBE-SERVICES$/,
  },
  {
    title: 'an emptied chain',
    harm: (tables) => tables.get('nat')?.set(chains.services, []),
    found: /^nat KUBE-SERVICES has 0, not 2 rules$/,
  },
  {
    title: 'a lost chain',
    harm: (tables) => tables.get('filter')?.delete(chains.forward),
    found: /^filter KUBE-FORWARD has gone, not 3 rules$/,
  },
  {
    title: 'a chain too many',
    harm: (tables) => tables.get('nat')?.set('KUBE-SEP-X', []),
    found: /^KUBE-SEP-X is stale$/,
  },
]

for (const { title, harm, found } of damages) {
  test(`${title} is found`, () => {
    const tables = apply(planAll(ports(one), sampleNode, new Map()))
    harm(tables)
    assert.match(findDamage(ports(one), sampleNode, tables) ?? '', found)
  })
}

test('a cleanup leaves what is not ours', () => {
  const all = ports(two, port('b', '10.0.0.2', []))
  const saved = apply(planAll(all, sampleNode, parseSave(foreign)), foreign)
  const rest = planCleanup(saved)
  assert.match(rest, /^-D PREROUTING .*-j KUBE-SERVICES$/m)
  assert.doesNotMatch(rest, /^-X KUBE-MARK-MASQ$/m)
  assert.doesNotMatch(rest, /OTHER/)
  for (const name of [chains.services, chains.postrouting, chains.canary]) {
    assert.match(rest, new RegExp(`^-X ${name}$`, 'm'))
  }
  assert.equal(planCleanup(parseSave('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n')), '')
})
