import assert from 'node:assert/strict'
import { lstat, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseYaml } from '#api/yaml.ts'
import { buildKubeconfig, embeddedEntry } from './kubeconfig.ts'
import {
  mergeIntoKubeconfig,
  readKubeconfig,
  removeFromKubeconfig,
  writeKubeconfig,
} from './file.ts'

const names = { clusterName: 'mini', userName: 'mini', contextName: 'mini' }
const entry = {
  ...embeddedEntry(
    names,
    { url: 'https://127.0.0.1:8443', ca: 'CA' },
    { certificate: 'CERT', key: 'KEY' },
  ),
  namespace: 'default',
}

async function file(t: { after(fn: () => Promise<void>): void }, text?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'config')
  if (text !== undefined) await writeFile(path, text, { mode: 0o644 })
  return path
}

const alone = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:8443
  name: mini
contexts:
- context:
    cluster: mini
    namespace: default
    user: mini
  name: mini
current-context: mini
kind: Config
users:
- name: mini
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
`

test('a file of our own', async (t) => {
  const path = await file(t)
  await writeKubeconfig(path, buildKubeconfig(entry))
  assert.equal(await readFile(path, 'utf8'), alone)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('merging into nothing makes a whole file; removing leaves empty lists', async (t) => {
  const path = await file(t)
  assert.equal(await readKubeconfig(path), undefined)
  await mergeIntoKubeconfig(path, entry, { current: true })
  assert.equal(await readFile(path, 'utf8'), alone)
  await removeFromKubeconfig(path, names)
  assert.deepEqual(await readKubeconfig(path), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [],
    contexts: [],
    users: [],
    'current-context': '',
  })
})

const foreign = `# my clusters
apiVersion: v1
kind: Config
current-context: work # not at weekends
clusters:
  # the office
  - name: work
    cluster:
      server: https://work:6443   # behind the VPN
  - name: mini
    cluster: {server: "https://old:1"}

  # the end
contexts:
- context: {cluster: work, user: me}
  name: work
preferences: {}
users:
- name: me
  user:
    exec: # asks for a password
      apiVersion: client.authentication.k8s.io/v1
      command: login
      args:
      - --now
`

test('other entries and comments stay as they were', async (t) => {
  const path = await file(t, foreign)
  await mergeIntoKubeconfig(path, entry, { current: true })
  const merged = await readFile(path, 'utf8')
  assert.equal(
    merged,
    foreign
      .replace('current-context: work # not at weekends', 'current-context: mini')
      .replace(
        '  - name: mini\n    cluster: {server: "https://old:1"}\n',
        '  - cluster:\n      certificate-authority-data: Q0E=\n      server: https://127.0.0.1:8443\n    name: mini\n',
      )
      .replace(
        '  name: work\npreferences',
        '  name: work\n- context:\n    cluster: mini\n    namespace: default\n    user: mini\n  name: mini\npreferences',
      )
      .concat(
        '- name: mini\n  user:\n    client-certificate-data: Q0VSVA==\n    client-key-data: S0VZ\n',
      ),
  )
  await removeFromKubeconfig(path, names)
  const left = await readFile(path, 'utf8')
  assert.match(left, /behind the VPN[\s\S]*# the end[\s\S]*# asks for a password/)
  const config = parseYaml(foreign) as { clusters: object[] }
  assert.deepEqual(parseYaml(left), {
    ...config,
    clusters: [config.clusters[0]],
    'current-context': '',
  })
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

for (const [what, text] of [
  [
    'JSON',
    '{"apiVersion":"v1","kind":"Config","clusters":[{"name":"a","cluster":{"server":"https://a"}}],"users":[],"contexts":[],"current-context":"a"}',
  ],
  [
    'flow lists',
    'apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: "https://a"}}]\ncurrent-context: a\n',
  ],
  [
    'null lists',
    'apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: "https://a"}\nusers: null\ncontexts: []\ncurrent-context: a\n',
  ],
  [
    'no end of line',
    'apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters:\n- name: a\n  cluster: {server: "https://a"}',
  ],
] as const) {
  test(`a file with ${what} keeps its entries`, async (t) => {
    const path = await file(t, text)
    await mergeIntoKubeconfig(path, entry, { current: false })
    const config = await readKubeconfig(path)
    assert.deepEqual(
      config?.clusters?.map(({ name, cluster }) => `${name} ${cluster.server}`),
      ['a https://a', 'mini https://127.0.0.1:8443'],
    )
    assert.equal(config?.users?.length, 1)
    assert.equal(config?.contexts?.length, 1)
    assert.equal(config?.['current-context'], 'a')
  })
}

test('a second merge changes nothing', async (t) => {
  const path = await file(t, foreign)
  await mergeIntoKubeconfig(path, entry, { current: true })
  const first = await stat(path)
  await mergeIntoKubeconfig(path, entry, { current: true })
  assert.equal((await stat(path)).ino, first.ino)
})

test('a link stays a link, and nothing is left beside the file', async (t) => {
  const path = await file(t, foreign)
  const link = `${path}-link`
  await symlink(path, link)
  await mergeIntoKubeconfig(link, entry, { current: true })
  assert.ok((await lstat(link)).isSymbolicLink())
  assert.equal((await readKubeconfig(path))?.['current-context'], 'mini')
  assert.deepEqual((await readdir(join(path, '..'))).toSorted(), ['config', 'config-link'])
})

for (const [what, prepare, error] of [
  [
    'locked',
    (path: string) => writeFile(`${path}.lock`, ''),
    /is being changed by another program; if none runs, delete .*config\.lock/,
  ],
  ['broken', (path: string) => writeFile(path, 'a: [b'), /config is not a kubeconfig: /],
  ['a list', (path: string) => writeFile(path, '- a'), /is not a kubeconfig: it holds no mapping/],
] as const) {
  test(`a ${what} file is left alone`, async (t) => {
    const path = await file(t, foreign)
    await prepare(path)
    const before = await readFile(path, 'utf8')
    await assert.rejects(mergeIntoKubeconfig(path, entry, { current: true }), error)
    assert.equal(await readFile(path, 'utf8'), before)
  })
}
