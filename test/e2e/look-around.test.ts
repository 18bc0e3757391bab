/** The book's first look: components, nodes, versions, resources. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, type TestCluster } from './cluster.ts'

suite('looking around', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('get cs: three Healthy, in the order of the book', async () => {
    const rows = (await cluster.ok('get cs --no-headers'))
      .trim()
      .split('\n')
      .map((row) => row.split(/\s{2,}/))
    assert.deepEqual(
      rows.map(([name, status, message]) => [name, status, message?.trim()]),
      [
        ['controller-manager', 'Healthy', 'ok'],
        ['scheduler', 'Healthy', 'ok'],
        ['etcd-0', 'Healthy', 'ok'],
      ],
    )
  })

  test('get nodes -o wide: Ready, with its address, kernel and runtime', async () => {
    const text = await cluster.ok('get nodes -o wide')
    const [header = '', row = ''] = text.trim().split('\n')
    assert.match(
      header,
      /^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\s+INTERNAL-IP\s+EXTERNAL-IP\s+OS-IMAGE\s+KERNEL-VERSION\s+CONTAINER-RUNTIME$/,
    )
    assert.match(
      row,
      /^\S+\s+Ready\s+control-plane\s+\S+\s+v1\.36\.0\+k8ts\.\d+\s+\d+\.\d+\.\d+\.\d+\s+<none>\s+.+containerd:\/\/\d/,
    )
  })

  test('cluster-info names the control plane and the DNS', async () => {
    const text = await cluster.ok('cluster-info')
    assert.match(text, /Kubernetes control plane.* is running at .*https:\/\//)
    assert.match(
      text,
      /DNS.* is running at .*\/api\/v1\/namespaces\/kube-system\/services\/kube-dns:dns\/proxy/,
    )
    assert.match(
      text,
      /To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'\./,
    )
  })

  test('version shows the server, with no skew warning', async () => {
    const { stdout, stderr } = await cluster.kubectl('version')
    assert.match(stdout, /^Server Version: v1\.36\.0\+k8ts\.\d+$/m)
    assert.equal(stderr, '')
  })

  test('explain pod.spec lists its fields with types', async () => {
    const text = await cluster.ok('explain pod.spec')
    assert.match(text, /^KIND: {7}Pod\nVERSION: {4}v1\n\nFIELD: spec <PodSpec>/m)
    assert.match(text, /^ {2}containers\t<\[\]Container> -required-$/m)
    assert.match(text, /^ {2}terminationGracePeriodSeconds\t<integer>$/m)
  })

  test('api-resources has the short names and kinds of upstream', async () => {
    const text = await cluster.ok('api-resources')
    for (const row of [
      /^pods\s+po\s+v1\s+true\s+Pod$/m,
      /^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m,
      /^componentstatuses\s+cs\s+v1\s+false\s+ComponentStatus$/m,
      /^endpointslices\s+discovery\.k8s\.io\/v1\s+true\s+EndpointSlice$/m,
    ]) {
      assert.match(text, row)
    }
  })

  test('auth can-i answers for another user', async () => {
    const denied = await cluster.kubectl('auth can-i list pods --as=jane')
    assert.deepEqual([denied.stdout, denied.code], ['no\n', 1])
    const allowed = await cluster.kubectl(
      'auth can-i list pods --as=jane --as-group=system:masters',
    )
    assert.deepEqual([allowed.stdout, allowed.code], ['yes\n', 0])
  })

  test('top node is refused clearly', async () => {
    const { code, stderr } = await cluster.kubectl('top node')
    assert.equal(code, 1)
    assert.match(stderr, /error: Metrics API not available/)
  })

  for (const version of ['27', '33'] as const) {
    test(`kubectl 1.${version} does the core of it`, async () => {
      const old = await startCluster(version)
      assert.match(await old.ok('get nodes'), /\sReady\s/)
      const name = `old-${version}`
      await old.ok(`create configmap ${name} --from-literal=a=1`)
      try {
        await old.ok(['patch', 'configmap', name, '-p', '{"data":{"b":"2"}}'])
        assert.equal(await old.ok(`get configmap ${name} -o jsonpath={.data}`), '{"a":"1","b":"2"}')
        await old.ok(['apply', '-f', '-'], {
          input: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}-applied"},"data":{"c":"3"}}`,
        })
        assert.match(await old.ok('explain configmap.data'), /KIND:\s+ConfigMap/)
      } finally {
        await old.ok(`delete configmap ${name} ${name}-applied --ignore-not-found`)
      }
    })
  }
})
