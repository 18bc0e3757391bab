/** Reading and changing objects with the real kubectl, as its users do all day. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { home, startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

const configMap = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {tier: one}\ndata:\n  colour: ${data}\n`

suite('objects', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('apply twice, then with a change', async () => {
    await withNamespace(cluster, 'apply', async (ns) => {
      const apply = (data: string): Promise<string> =>
        cluster.ok(['-n', ns, 'apply', '-f', '-'], { input: configMap(data) })
      assert.equal(await apply('red'), 'configmap/settings created\n')
      assert.equal(await apply('red'), 'configmap/settings unchanged\n')
      assert.equal(await apply('blue'), 'configmap/settings configured\n')
      assert.equal(await cluster.ok(`-n ${ns} get cm settings -o jsonpath={.data.colour}`), 'blue')
    })
  })

  test('label, annotate, edit and three kinds of patch', async () => {
    await withNamespace(cluster, 'edit', async (ns) => {
      await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: configMap('red') })
      assert.equal(
        await cluster.ok(`-n ${ns} label cm settings owner=me`),
        'configmap/settings labeled\n',
      )
      assert.equal(
        await cluster.ok(`-n ${ns} annotate cm settings note=hi`),
        'configmap/settings annotated\n',
      )
      const editor = join(home, 'editor.sh')
      writeFileSync(editor, '#!/bin/sh\nsed -i "s/colour: red/colour: green/" "$1"\n')
      chmodSync(editor, 0o755)
      assert.equal(
        await cluster.ok(`-n ${ns} edit cm settings`, { env: { KUBE_EDITOR: editor } }),
        'configmap/settings edited\n',
      )
      for (const [type, patch] of [
        ['strategic', '{"data":{"a":"1"}}'],
        ['merge', '{"data":{"b":"2","colour":null}}'],
        ['json', '[{"op":"add","path":"/data/c","value":"3"}]'],
      ] as const) {
        assert.equal(
          await cluster.ok(['-n', ns, 'patch', 'cm', 'settings', '--type', type, '-p', patch]),
          'configmap/settings patched\n',
        )
      }
      assert.equal(
        await cluster.ok([
          '-n',
          ns,
          'get',
          'cm',
          'settings',
          '-o',
          'jsonpath={.data}{.metadata.labels}{.metadata.annotations}',
        ]),
        '{"a":"1","b":"2","c":"3"}{"owner":"me","tier":"one"}{"note":"hi"}',
      )
    })
  })

  test('get -w shows what happens', async () => {
    await withNamespace(cluster, 'watch', async (ns) => {
      await using watching = cluster.background(['-n', ns, 'get', 'cm', '-w', '--no-headers'])
      await eventually('the watch runs', () => watching.stdout.includes('kube-root-ca.crt'))
      await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: configMap('red') })
      await cluster.ok(['-n', ns, 'patch', 'cm', 'settings', '-p', '{"data":{"a":"1"}}'])
      await eventually('both changes were printed', () =>
        /settings +1 [^]*settings +2 /.test(watching.stdout),
      )
    })
  })

  test('an invalid pod is refused in the words of upstream', async () => {
    const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], {
      input:
        'apiVersion: v1\nkind: Pod\nmetadata: {name: Bad_Name}\nspec:\n  containers:\n  - name: c\n',
    })
    assert.equal(code, 1)
    assert.equal(
      stderr,
      'The Pod "Bad_Name" is invalid: \n' +
        "* metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n" +
        '* spec.containers[0].image: Required value\n',
    )
  })

  test('an unknown field is refused on create', async () => {
    const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], {
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatum: {}\n',
    })
    assert.equal(code, 1)
    assert.match(stderr, /strict decoding error: unknown field "datum"/)
  })

  test('a namespace goes with everything in it', { timeout: 120_000 }, async () => {
    const ns = `doomed-${process.pid}`
    await cluster.ok(`create namespace ${ns}`)
    await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: configMap('red') })
    await cluster.ok(`-n ${ns} create deployment web --image=nginx`)
    await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=60s`)
    assert.match(
      await cluster.ok(`delete namespace ${ns} --timeout=90s`, { timeoutMs: 100_000 }),
      new RegExp(`^namespace "${ns}" deleted`),
    )
    const { code, stderr } = await cluster.kubectl(`get namespace ${ns}`)
    assert.equal(code, 1)
    assert.equal(stderr, `Error from server (NotFound): namespaces "${ns}" not found\n`)
    assert.equal((await cluster.kubectl(`get pods -n ${ns} -o name`)).stdout, '')
  })
})
