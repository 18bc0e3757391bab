import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bridgeConflist, writeConflist } from './conflist.ts'
import { findPluginFolder } from './plugins.ts'

const network = {
  name: 'k8ts',
  bridge: 'cni0',
  podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
  mtuBytes: 1450,
  masquerade: true,
}

test('a dual-stack bridge has a range and a default route of each family', () => {
  const { plugins } = bridgeConflist(network) as { plugins: readonly Record<string, unknown>[] }
  assert.deepEqual(plugins[0], {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    mtu: 1450,
    ipam: {
      type: 'host-local',
      ranges: [[{ subnet: '10.244.1.0/24' }], [{ subnet: 'fd00:1::/64' }]],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
  })
  assert.deepEqual(plugins[1], { type: 'portmap', capabilities: { portMappings: true } })
})

test('the file is written once, and again when the network changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cni-'))
  try {
    assert.equal(await writeConflist(folder, network), true)
    assert.equal(await writeConflist(folder, network), false)
    assert.equal(await writeConflist(folder, { ...network, podCIDRs: ['10.244.2.0/24'] }), true)
    assert.deepEqual(await readdir(folder), ['10-k8ts.conflist'])
    assert.match(await readFile(join(folder, '10-k8ts.conflist'), 'utf8'), /10\.244\.2\.0/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a plugin folder holds every plugin that pods need', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cni-'))
  try {
    assert.equal(await findPluginFolder([folder]), undefined)
    for (const name of ['bridge', 'host-local', 'loopback', 'portmap']) {
      await writeFile(join(folder, name), '')
      await chmod(join(folder, name), 0o755)
    }
    assert.equal(await findPluginFolder(['/nowhere', folder]), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
})
