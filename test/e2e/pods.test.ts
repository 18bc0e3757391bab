/** What a pod may ask of its node, with real containers: each case is a pod that checks its own world. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

interface PodCase {
  readonly title: string
  readonly spec: Readonly<Record<string, unknown>>
  /** What its container `c` must have printed when the pod has ended. */
  readonly prints: string | RegExp
}

const objects = {
  kind: 'List',
  apiVersion: 'v1',
  items: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { colour: 'red', 'app.conf': 'size=1\n' },
      binaryData: { raw: 'AAEC' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      stringData: { password: 'hunter2' },
    },
  ],
}

const cases: readonly PodCase[] = [
  {
    title: 'environment from every source, expanded',
    spec: {
      containers: [
        {
          name: 'c',
          image: 'busybox',
          resources: { limits: { cpu: '500m', memory: '32Mi' } },
          envFrom: [
            { prefix: 'CM_', configMapRef: { name: 'settings' } },
            { secretRef: { name: 'keys' } },
            { configMapRef: { name: 'absent', optional: true } },
          ],
          env: [
            { name: 'PLAIN', value: 'a' },
            { name: 'COMPOSED', value: '$(PLAIN)-$(CM_colour)-$(MISSING)-$$(PLAIN)' },
            { name: 'ONE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
            { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'TIER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            {
              name: 'MEM',
              valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
            },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          ],
          command: [
            'sh',
            '-c',
            'echo $CM_colour $password $COMPOSED $ONE $SECRET $POD $TIER $NODE $MEM $CPU $KUBERNETES_SERVICE_HOST',
          ],
        },
      ],
    },
    prints:
      'red hunter2 a-red-$(MISSING)-$(PLAIN) red hunter2 environment-from-every-source-expanded one e2e 32 1 10.96.0.1\n',
  },
  {
    title: 'volumes of every local kind',
    spec: {
      volumes: [
        { name: 'cm', configMap: { name: 'settings', items: [{ key: 'app.conf', path: 'd/x' }] } },
        { name: 'secret', secret: { secretName: 'keys', defaultMode: 0o400 } },
        { name: 'empty', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'host', hostPath: { path: '/etc/hostname', type: 'File' } },
        {
          name: 'all',
          projected: {
            sources: [
              { configMap: { name: 'settings', items: [{ key: 'raw', path: 'raw' }] } },
              { secret: { name: 'keys' } },
              {
                downwardAPI: {
                  items: [
                    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                    {
                      path: 'cpu',
                      resourceFieldRef: {
                        containerName: 'c',
                        resource: 'requests.cpu',
                        divisor: '1m',
                      },
                    },
                  ],
                },
              },
              { serviceAccountToken: { path: 'token', audience: 'them', expirationSeconds: 600 } },
            ],
          },
        },
      ],
      containers: [
        {
          name: 'c',
          image: 'busybox',
          resources: { requests: { cpu: '20m' } },
          volumeMounts: [
            { name: 'cm', mountPath: '/cm', readOnly: true },
            { name: 'secret', mountPath: '/secret' },
            { name: 'empty', mountPath: '/empty', subPath: 'inner' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'host', mountPath: '/host' },
            { name: 'all', mountPath: '/all' },
          ],
          command: [
            'sh',
            '-c',
            [
              'cat /cm/d/x',
              "stat -Lc '%a' /secret/password",
              'cat /secret/password; echo',
              'echo x > /empty/f && ls /empty',
              "grep -c ' /memory tmpfs ' /proc/mounts",
              'test -s /host && echo host',
              "od -An -tx1 /all/raw | tr -d ' '",
              'cat /all/labels; echo',
              'cat /all/cpu; echo',
              "cut -d. -f2 /all/token | tr '_-' '/+' | base64 -d 2>/dev/null | grep -o '\"them\"'",
              'touch /cm/x 2>&1 | grep -o "Read-only file system"',
              'test -s /var/run/secrets/kubernetes.io/serviceaccount/token && echo token',
            ].join('; '),
          ],
        },
      ],
    },
    prints:
      'size=1\n400\nhunter2\nf\n1\nhost\n000102\ntier="one"\n20\n"them"\nRead-only file system\ntoken\n',
  },
  {
    title: 'init containers run in order and a sidecar stays',
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      initContainers: [
        {
          name: 'first',
          image: 'busybox',
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          command: ['sh', '-c', 'echo first >> /v/log'],
        },
        {
          name: 'sidecar',
          image: 'busybox',
          restartPolicy: 'Always',
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          command: ['sh', '-c', 'echo sidecar >> /v/log; trap "exit 0" TERM; sleep 3600 & wait'],
          startupProbe: {
            exec: { command: ['grep', '-q', 'sidecar', '/v/log'] },
            periodSeconds: 1,
          },
        },
        {
          name: 'second',
          image: 'busybox',
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          command: ['sh', '-c', 'echo second >> /v/log'],
        },
      ],
      containers: [
        {
          name: 'c',
          image: 'busybox',
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          command: ['cat', '/v/log'],
        },
      ],
    },
    prints: 'first\nsidecar\nsecond\n',
  },
  {
    title: 'security context and limits are the kernel’s',
    spec: {
      securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000 },
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          image: 'busybox',
          resources: { limits: { cpu: '250m', memory: '48Mi' } },
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          command: [
            'sh',
            '-c',
            [
              'id -u; id -g; id -G',
              "stat -c '%g' /v",
              'touch /x 2>&1 | grep -o "Read-only file system"',
              "grep CapEff /proc/self/status | tr -d '\\t'",
              "grep NoNewPrivs /proc/self/status | tr -d '\\t'",
              'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
            ].join('; '),
          ],
        },
      ],
    },
    prints:
      '1000\n2000\n2000 3000\n3000\nRead-only file system\nCapEff:0000000000000000\nNoNewPrivs:1\n50331648\n',
  },
  {
    title: 'names, hosts and resolv.conf',
    spec: {
      hostname: 'box',
      subdomain: 'sub',
      hostAliases: [{ ip: '10.1.2.3', hostnames: ['foo.local', 'bar.local'] }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      containers: [
        {
          name: 'c',
          image: 'busybox',
          command: [
            'sh',
            '-c',
            'hostname; grep -c "foo.local" /etc/hosts; grep -o "box.sub" /etc/hosts; cat /etc/resolv.conf',
          ],
        },
      ],
    },
    prints:
      /^box\n1\nbox\.sub\nsearch (\S+)\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver 10\.96\.0\.10\noptions ndots:2\n$/,
  },
  {
    title: 'dnsPolicy None takes only what it is given',
    spec: {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.0.2.53'], searches: ['example.org'] },
      containers: [{ name: 'c', image: 'busybox', command: ['cat', '/etc/resolv.conf'] }],
    },
    prints: 'search example.org\nnameserver 192.0.2.53\n',
  },
  {
    title: 'a shared process namespace and the host network',
    spec: {
      hostNetwork: true,
      shareProcessNamespace: true,
      initContainers: [],
      containers: [
        {
          name: 'c',
          image: 'busybox',
          command: [
            'sh',
            '-c',
            'test $$$$ -ne 1 && echo shared; ip -o addr | grep -q cni0 && echo host',
          ],
        },
      ],
    },
    prints: 'shared\nhost\n',
  },
]

/** A name from a title. */
function nameOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
}

suite('pods', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('each pod finds the world that it asked for', { timeout: 240_000 }, async (context) => {
    await withNamespace(cluster, 'pods', async (ns) => {
      await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: JSON.stringify(objects) })
      for (const { title, spec, prints } of cases) {
        await context.test(title, { timeout: 120_000 }, async () => {
          const name = nameOf(title)
          const pod = {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name, labels: { tier: 'one' } },
            spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, ...spec },
          }
          await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: JSON.stringify(pod) })
          await cluster.ok(
            `-n ${ns} wait --for=jsonpath={.status.phase}=Succeeded pod/${name} --timeout=60s`,
            { timeoutMs: 70_000 },
          )
          const printed = await cluster.ok(`-n ${ns} logs ${name} -c c`)
          if (typeof prints === 'string') assert.equal(printed, prints)
          else assert.match(printed, prints)
        })
      }
    })
  })

  test('probes of every kind and lifecycle hooks', { timeout: 180_000 }, async () => {
    await withNamespace(cluster, 'probes', async (ns) => {
      const web = {
        name: 'web',
        image: 'nginx',
        ports: [{ name: 'http', containerPort: 80 }],
        startupProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
        readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo started > /tmp/hook'] } },
          preStop: { exec: { command: ['sh', '-c', 'echo stopping > /out/stopped; sleep 1'] } },
        },
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      }
      const host = `/tmp/k8ts-e2e/${ns}`
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web' },
        spec: {
          terminationGracePeriodSeconds: 20,
          volumes: [{ name: 'out', hostPath: { path: host, type: 'DirectoryOrCreate' } }],
          containers: [web],
        },
      }
      const state = (): Promise<string> =>
        cluster.ok([
          '-n',
          ns,
          'get',
          'pod',
          'web',
          '-o',
          'jsonpath={.status.containerStatuses[0].started} {.status.containerStatuses[0].ready} {.status.containerStatuses[0].restartCount}',
        ])
      await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: JSON.stringify(pod) })
      await eventually('started, not ready', async () => (await state()) === 'true false 0')
      assert.equal(await cluster.ok(`-n ${ns} exec web -- cat /tmp/hook`), 'started\n')
      await cluster.ok(`-n ${ns} exec web -- touch /tmp/ready`)
      await eventually('ready', async () => (await state()) === 'true true 0')
      await cluster.ok(`-n ${ns} exec web -- rm /tmp/ready`)
      await eventually('unready again', async () => (await state()) === 'true false 0')
      await cluster.ok(`-n ${ns} exec web -- rm -rf /var/www/html /usr/share/nginx/html`)
      await eventually('liveness restarts it', async () => (await state()).endsWith(' 1'), 60_000)
      await cluster.ok(`-n ${ns} delete pod web --timeout=60s`, { timeoutMs: 70_000 })
      const { readFileSync, rmSync } = await import('node:fs')
      assert.equal(readFileSync(`${host}/stopped`, 'utf8'), 'stopping\n', 'preStop ran')
      rmSync(host, { recursive: true })
    })
  })

  test('a deleted pod gets its grace period', { timeout: 120_000 }, async () => {
    await withNamespace(cluster, 'grace', async (ns) => {
      await cluster.ok([
        '-n',
        ns,
        'run',
        'slow',
        '--image=busybox',
        '--',
        'sh',
        '-c',
        'trap "echo asked to end; sleep 2; echo ended; exit 0" TERM; while :; do sleep 0.1; done',
      ])
      await cluster.ok(`-n ${ns} wait --for=condition=Ready pod/slow --timeout=60s`)
      await using following = cluster.background(['-n', ns, 'logs', '-f', 'slow'])
      await cluster.ok(`-n ${ns} delete pod slow --wait=false`)
      await eventually('Terminating is shown', async () =>
        /slow +1\/1 +Terminating/.test(await cluster.ok(`-n ${ns} get pods`)),
      )
      await eventually('it ended by itself', () => following.stdout === 'asked to end\nended\n')
      await eventually(
        'it is gone',
        async () => (await cluster.ok(`-n ${ns} get pods -o name`)) === '',
      )
    })
  })
})
