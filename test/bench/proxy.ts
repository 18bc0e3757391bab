/**
 * `node test/bench/proxy.ts [services]`: how long kube-proxy takes to write all rules of many Services
 * with two endpoints each, one more, a change and a removal, in a network namespace of its own, and what
 * checking them costs. Needs root.
 */
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { detectIptables } from '#linux/iptables.ts'
import { inNetworkNamespace, run } from '#linux/run.ts'
import { compileService } from '#proxy/compile.ts'
import { Proxier } from '#proxy/proxier.ts'
import { sampleNode, sampleService, sampleSlice } from '#proxy/samples.ts'

const count = Number(process.argv[2] ?? 3_000)
const namespace = `bench-proxy-${process.pid}`
const objects = new Map<string, { service: Service; slices: EndpointSlice[] }>()
const say = (text: string): void => void process.stdout.write(`${text}\n`)

function put(index: number, endpoints: number): string {
  const name = `s${index}`
  const at = `${index >> 8}.${index & 255}`
  objects.set(`ipt/${name}`, {
    service: sampleService(name, { clusterIP: `10.96.${at}`, ports: [{ port: 80 }] }),
    slices: [sampleSlice(name, [`10.244.${at}`, `10.245.${at}`].slice(0, endpoints))],
  })
  return `ipt/${name}`
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage()
  const started = performance.now()
  await work()
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  const own = (user + system) / 1000
  say(`${what.padEnd(34)} ${ms.toFixed(0).padStart(6)} ms (in this process ${own.toFixed(0)} ms)`)
}

await run('ip', ['netns', 'add', namespace])
try {
  const inside = inNetworkNamespace(run, `/run/netns/${namespace}`)
  const iptables = await detectIptables(inside, 'IPv4')
  if (iptables === undefined) throw new Error('there is no iptables')
  for (let index = 0; index < count; index++) put(index, 2)
  const proxier = new Proxier({
    iptables,
    node: sampleNode,
    source: {
      keys: () => objects.keys(),
      service: (key) => objects.get(key)?.service,
      slices: (key) => objects.get(key)?.slices ?? [],
    },
  })
  const change = async (key: string): Promise<void> => {
    proxier.changed(key)
    await proxier.sync()
  }
  say(`${count} Services, ${iptables.backend}`)
  await timed('compile only', async () => {
    for (const { service, slices } of objects.values()) compileService(service, slices, sampleNode)
  })
  await timed('all rules', () => proxier.sync())
  await timed('one Service more', () => change(put(count, 2)))
  await timed('one endpoint less', () => change(put(count, 1)))
  await timed('no endpoint left', () => change(put(count, 0)))
  await timed('one Service less', () => {
    objects.delete(`ipt/s${count}`)
    return change(`ipt/s${count}`)
  })
  await timed('100 Services more at once', () => {
    for (let index = 0; index < 100; index++) proxier.changed(put(count + index, 2))
    return proxier.sync()
  })
  await timed('checking that all is there', async () => {
    const damage = await proxier.verify()
    if (damage !== undefined) throw new Error(damage)
  })
  proxier.setNode(sampleNode)
  await timed('all rules again, over the old', () => proxier.sync())
  await timed('cleanup', () => proxier.cleanup())
} finally {
  await run('ip', ['netns', 'delete', namespace])
}
