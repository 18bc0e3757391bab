import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { readAnnotations } from '#kubelet/runtime/labels.ts'
import { containerConfig, sandboxConfig } from './config.ts'
import { parseResolvConf, podResolver } from './dns.ts'
import { hostNetworkHostsFile, hostsFile } from './hosts.ts'
import { hostnameOf } from './names.ts'
import { nonRootProblem } from './security.ts'

function podOf(spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: {
      name: 'web',
      namespace: 'ns',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { app: 'web' },
      annotations: { note: 'x' },
    },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  }
}

const node = parseResolvConf(
  '# by hand\nnameserver 192.0.2.1\nsearch corp.example. lan\noptions timeout:2\n',
)

test('resolv.conf is read', () => {
  assert.deepEqual(node, {
    servers: ['192.0.2.1'],
    searches: ['corp.example', 'lan'],
    options: ['timeout:2'],
  })
})

const policies = [
  [{}, '10.96.0.10|ns.svc.cluster.local svc.cluster.local cluster.local corp.example lan|ndots:5'],
  [{ dnsPolicy: 'Default' }, '192.0.2.1|corp.example lan|timeout:2'],
  [{ hostNetwork: true }, '192.0.2.1|corp.example lan|timeout:2'],
  [
    { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
    '10.96.0.10|ns.svc.cluster.local svc.cluster.local cluster.local corp.example lan|ndots:5',
  ],
  [{ dnsPolicy: 'None', dnsConfig: { nameservers: ['9.9.9.9'], searches: ['a'] } }, '9.9.9.9|a|'],
  [
    {
      dnsPolicy: 'Default',
      dnsConfig: { options: [{ name: 'timeout', value: '9' }, { name: 'edns0' }] },
    },
    '192.0.2.1|corp.example lan|timeout:9 edns0',
  ],
] as const

for (const [spec, expected] of policies) {
  test(`DNS of ${JSON.stringify(spec)}`, () => {
    const { servers, searches, options } = podResolver({
      pod: podOf(spec as Partial<PodSpec>),
      clusterServers: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      node,
    })
    assert.equal([servers, searches, options].map((list) => list.join(' ')).join('|'), expected)
  })
}

test('a node that knows no cluster DNS says so', () => {
  const input = { pod: podOf(), clusterServers: [], clusterDomain: 'cluster.local', node }
  assert.equal(podResolver(input).missingClusterDns, true)
  assert.deepEqual(podResolver(input).servers, ['192.0.2.1'])
})

const names = [
  [{}, 'web', ''],
  [{ hostname: 'h', subdomain: 's' }, 'h', 's.ns.svc.cluster.local'],
  [{ hostname: `${'a'.repeat(62)}-b` }, 'a'.repeat(62), ''],
  [{ hostname: 'h', subdomain: 's', hostnameOverride: 'x.y' }, 'x.y', ''],
] as const

for (const [spec, hostname, domain] of names) {
  test(`the host name of ${JSON.stringify(spec)} is ${hostname}`, () => {
    assert.deepEqual(hostnameOf(podOf(spec), 'cluster.local'), { hostname, domain })
  })
}

test('/etc/hosts names the pod and its aliases', () => {
  const text = hostsFile({
    ips: ['10.0.0.1'],
    hostname: 'h',
    domain: 's.ns.svc.cluster.local',
    aliases: [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }],
  })
  assert.match(text, /^# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n/)
  assert.match(
    text,
    /\n10.0.0.1\th.s.ns.svc.cluster.local\th\n\n# Entries added by HostAliases.\n1.2.3.4\tfoo\tbar\n$/,
  )
  assert.equal(
    hostNetworkHostsFile('127.0.0.1 me\n', []),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1 me\n',
  )
})

const sandboxOf = (pod: Pod) =>
  sandboxConfig({
    pod,
    attempt: 1,
    hostname: 'web',
    resolver: node,
    logFolder: '/logs',
    cgroupParent: '/kubepods/podu1',
    seccompFolder: '/seccomp',
    limits: { cpuShares: 2 },
  })

test('a sandbox carries the pod, its ports and its namespaces', () => {
  const ports = [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }]
  const config = sandboxOf(podOf({ containers: [{ name: 'c', ports }], hostPID: true }))
  assert.deepEqual(config.metadata, { name: 'web', uid: 'u1', namespace: 'ns', attempt: 1 })
  assert.equal(config.labels?.['io.kubernetes.pod.uid'], 'u1')
  assert.equal(config.labels?.['app'], 'web')
  assert.deepEqual(config.annotations, { note: 'x' })
  assert.deepEqual(config.portMappings, [
    { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: undefined },
  ])
  assert.deepEqual(config.linux?.securityContext?.namespaceOptions, {
    network: 'POD',
    pid: 'NODE',
    ipc: 'POD',
  })
})

test('a sandbox on the host network has neither a name nor ports of its own', () => {
  const ports = [{ containerPort: 80, hostPort: 80 }]
  const config = sandboxOf(podOf({ hostNetwork: true, containers: [{ name: 'c', ports }] }))
  assert.equal(config.hostname, '')
  assert.deepEqual(config.portMappings, [])
})

function configOf(container: Container, spec: Partial<PodSpec> = {}) {
  return containerConfig({
    pod: podOf({ ...spec, containers: [container], terminationGracePeriodSeconds: 7 }),
    container,
    restartCount: 2,
    imageRef: 'sha256:1',
    imageUser: { uid: 0, username: '' },
    environment: new Map([['A', 'one']]),
    mounts: [],
    resources: {},
    security: { seccompFolder: '/seccomp' },
  })
}

test('a container carries what a later kubelet must know', () => {
  const preStop = { exec: { command: ['true'] } }
  const config = configOf({
    name: 'c',
    image: 'busybox',
    command: ['echo', '$(A)'],
    lifecycle: { preStop },
  })
  assert.deepEqual(config.command, ['echo', 'one'])
  assert.equal(config.logPath, 'c/2.log')
  assert.deepEqual(config.metadata, { name: 'c', attempt: 2 })
  const annotated = readAnnotations(config.annotations as Record<string, string>)
  assert.equal(annotated.restartCount, 2)
  assert.equal(annotated.graceSeconds, 7)
  assert.deepEqual(annotated.preStop, preStop)
})

test('the container overrides the pod in its security context', () => {
  const securityContext = {
    runAsUser: 7,
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    procMount: 'Unmasked',
    seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' },
  }
  const pod = {
    securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] },
  }
  const security = configOf({ name: 'c', securityContext }, pod).linux?.securityContext
  assert.deepEqual(security?.runAsUser, { value: 7 })
  assert.deepEqual(security?.runAsGroup, { value: 2 })
  assert.deepEqual(security?.supplementalGroups, [3, 4])
  assert.deepEqual(security?.capabilities, {
    addCapabilities: ['NET_ADMIN'],
    dropCapabilities: ['ALL'],
  })
  assert.equal(security?.noNewPrivs, true)
  assert.equal(security?.readonlyRootfs, true)
  assert.deepEqual(security?.maskedPaths, [])
  assert.deepEqual(security?.seccomp, { profileType: 'Localhost', localhostRef: '/seccomp/p.json' })
})

const roots = [
  [
    { runAsNonRoot: true },
    { uid: 0, username: '' },
    /image will run as root \(pod: "web_ns\(u1\)", container: c\)/,
  ],
  [
    { runAsNonRoot: true },
    { uid: undefined, username: 'www' },
    /image has non-numeric user \(www\), cannot verify/,
  ],
  [
    { runAsNonRoot: true, runAsUser: 0 },
    { uid: 5, username: '' },
    /runAsUser breaks non-root policy/,
  ],
  [{ runAsNonRoot: true }, { uid: 5, username: '' }, undefined],
  [{ runAsNonRoot: true, runAsUser: 9 }, { uid: 0, username: '' }, undefined],
  [{}, { uid: 0, username: '' }, undefined],
] as const

for (const [securityContext, image, expected] of roots) {
  test(`${JSON.stringify(securityContext)} with ${JSON.stringify(image)}: ${expected?.source ?? 'may run'}`, () => {
    const problem = nonRootProblem(podOf(), { name: 'c', securityContext }, image)
    if (expected === undefined) assert.equal(problem, undefined)
    else assert.match(problem ?? '', expected)
  })
}
