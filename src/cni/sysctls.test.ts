import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sysctl } from '#linux/sysctl.ts'
import { enablePodNetworking } from './sysctls.ts'

function kernel(values: Record<string, string>): Sysctl {
  return {
    read: (name) => values[name],
    write(name, value) {
      if (values[name] === undefined) throw new Error(`no setting ${name}`)
      values[name] = value
    },
  }
}

const bridge = 'net.bridge.bridge-nf-call-iptables'
const forward = 'net.ipv4.ip_forward'
const noProgram = (): Promise<never> => Promise.reject(new Error('no such program'))

test('what is off is turned on', async () => {
  const values = { [bridge]: '0', [forward]: '1' }
  assert.deepEqual(await enablePodNetworking({ ipv6: false }, kernel(values), noProgram), [
    { name: forward },
    { name: bridge },
  ])
  assert.deepEqual(values, { [bridge]: '1', [forward]: '1' })
})

test('the module is loaded when its setting is missing', async () => {
  const values: Record<string, string> = { [forward]: '1' }
  const run = async (program: string, args: readonly string[]): Promise<string> => {
    assert.deepEqual([program, ...args], ['modprobe', 'br_netfilter'])
    values[bridge] = '0'
    return ''
  }
  await enablePodNetworking({ ipv6: false }, kernel(values), run)
  assert.equal(values[bridge], '1')
})

test('what cannot be set is told', async () => {
  const outcome = await enablePodNetworking({ ipv6: true }, kernel({ [forward]: '0' }), noProgram)
  assert.deepEqual(
    outcome.map(({ name, problem }) => `${name}: ${problem ?? 'set'}`),
    [
      `${forward}: set`,
      `${bridge}: no setting ${bridge}`,
      'net.ipv6.conf.all.forwarding: no setting net.ipv6.conf.all.forwarding',
      'net.bridge.bridge-nf-call-ip6tables: no setting net.bridge.bridge-nf-call-ip6tables',
    ],
  )
})
