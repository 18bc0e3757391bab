import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, namespaces, pods } from '#api/resources.gen.ts'
import type { PodSpec } from '#api/core/v1.gen.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { violations } from './evaluate.ts'
import type { Level } from './policy.ts'
import { podSecurity } from './pod-security.ts'

const good = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** A pod with one container per security context, the rest of the spec beside them. */
function spec(contexts: readonly object[], more: object = {}): PodSpec {
  const containers = contexts.map((securityContext, at) => ({ name: `c${at}`, securityContext }))
  return { containers, ...more } as PodSpec
}

function judge(
  level: Level,
  pod: PodSpec,
  version: number | 'latest' = 'latest',
  annotations = {},
): string {
  return violations({ metadata: { annotations }, spec: pod }, { level, version }) ?? 'fine'
}

const drop = 'must set securityContext.capabilities.drop=["ALL"]'
for (const [level, pod, expected] of [
  ['privileged', spec([{ privileged: true }], { hostNetwork: true }), 'fine'],
  ['baseline', spec([{}]), 'fine'],
  [
    'baseline',
    spec([{ privileged: true }, {}]),
    'privileged (container "c0" must not set securityContext.privileged=true)',
  ],
  [
    'baseline',
    spec([{ privileged: true }, { privileged: true }]),
    'privileged (containers "c0", "c1" must not set securityContext.privileged=true)',
  ],
  [
    'baseline',
    spec([{}], { hostNetwork: true, hostIPC: true }),
    'host namespaces (hostNetwork=true, hostIPC=true)',
  ],
  [
    'baseline',
    spec([{ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }]),
    'non-default capabilities (container "c0" must not include "NET_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'baseline',
    spec([{}], {
      volumes: [
        { name: 'a', hostPath: { path: '/' } },
        { name: 'b', emptyDir: {} },
      ],
    }),
    'hostPath volumes (volume "a")',
  ],
  [
    'baseline',
    spec([], {
      containers: [
        { name: 'c', ports: [{ hostPort: 80 }, { hostPort: 443 }, { containerPort: 1 }] },
      ],
    }),
    'hostPort (container "c" uses hostPorts 443, 80)',
  ],
  [
    'baseline',
    spec([{ procMount: 'Unmasked' }]),
    'procMount (container "c0" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    'baseline',
    spec([{}], { securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }),
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  [
    'baseline',
    spec([{ seccompProfile: { type: 'Unconfined' } }], {
      securityContext: { seccompProfile: { type: 'Unconfined' } },
    }),
    'seccompProfile (pod and container "c0" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    'baseline',
    spec([{}], {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '1' },
        ],
      },
    }),
    'forbidden sysctls (kernel.msgmax)',
  ],
  [
    'baseline',
    spec([{ windowsOptions: { hostProcess: true } }]),
    'hostProcess (container "c0" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [
    'baseline',
    spec([{ appArmorProfile: { type: 'Unconfined' } }]),
    'forbidden AppArmor profile (container "c0" must not set AppArmor profile type to "Unconfined")',
  ],
  [
    'baseline',
    spec([], {
      containers: [{ name: 'c', livenessProbe: { httpGet: { host: '1.2.3.4', port: 1 } } }],
    }),
    'probe or lifecycle host (container "c" uses probe or lifecycle host "1.2.3.4")',
  ],
  [
    'baseline',
    spec([{}], { initContainers: [{ name: 'i', securityContext: { privileged: true } }] }),
    'privileged (container "i" must not set securityContext.privileged=true)',
  ],
  ['restricted', spec([good]), 'fine'],
  [
    'restricted',
    spec([{}]),
    `allowPrivilegeEscalation != false (container "c0" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c0" ${drop}), runAsNonRoot != true (pod or container "c0" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c0" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
  ],
  [
    'restricted',
    spec([{ ...good, runAsNonRoot: false }]),
    'runAsNonRoot != true (container "c0" must not set securityContext.runAsNonRoot=false)',
  ],
  [
    'restricted',
    spec([{ ...good, runAsNonRoot: undefined }], { securityContext: { runAsNonRoot: true } }),
    'fine',
  ],
  [
    'restricted',
    spec([{ ...good, runAsUser: 0 }], { securityContext: { runAsUser: 0 } }),
    'runAsUser=0 (pod and container "c0" must not set runAsUser=0)',
  ],
  [
    'restricted',
    spec([{ ...good, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }]),
    'unrestricted capabilities (container "c0" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    'restricted',
    spec([good], {
      volumes: [
        { name: 'a', hostPath: {} },
        { name: 'b', nfs: {} },
        { name: 'c', secret: {} },
      ],
    }),
    'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
  ],
  ['restricted', spec([good], { hostNetwork: true }), 'host namespaces (hostNetwork=true)'],
  ['restricted', spec([{ runAsNonRoot: true }], { os: { name: 'windows' } }), 'fine'],
] as const) {
  test(`${level}: ${JSON.stringify(pod)}`, () => {
    assert.equal(judge(level, pod), expected)
  })
}

test('older versions ask for what they knew', () => {
  const rooted = spec([{ ...good, runAsUser: 0 }])
  assert.equal(judge('restricted', rooted, 22), 'fine')
  const keepalive = spec([{}], {
    securityContext: { sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] },
  })
  assert.equal(judge('baseline', keepalive, 28), 'forbidden sysctls (net.ipv4.tcp_fin_timeout)')
  assert.equal(judge('baseline', keepalive, 29), 'fine')
})

test('an AppArmor annotation counts like the field', () => {
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/c0': 'unconfined' }
  assert.match(
    judge('baseline', spec([{}]), 'latest', annotations),
    /^forbidden AppArmor profile \(annotation container.*c0="unconfined"\)$/,
  )
})

function world(labels: Record<string, string>) {
  const objects = new FakeObjects()
  const named = Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
  )
  objects.put(namespaces, { metadata: { name: 'shop', labels: named } })
  const plugin = podSecurity({ objects: () => objects } as never)
  const warnings: string[] = []
  const annotations: Record<string, string> = {}
  const annotate = (key: string, value: string): void => void (annotations[key] = value)
  const ask = async (
    asked: Omit<Partial<AdmissionCase>, 'object' | 'prior'> & { object: object; prior?: object },
  ) => {
    try {
      await admit(
        [plugin],
        admissionRequest({ type: pods, warnings, annotate, ...asked } as AdmissionCase),
      )
      return 'fine'
    } catch (error) {
      return (error as Error).message
    }
  }
  return { objects, ask, warnings, annotations }
}

const pod = (podSpec: PodSpec, name = 'p') => ({
  metadata: { name, namespace: 'shop' },
  spec: podSpec,
})
const bad = spec([{ privileged: true }])
const text = 'privileged (container "c0" must not set securityContext.privileged=true)'

test('enforce refuses, warn warns, no label asks for nothing', async () => {
  const enforcing = world({ enforce: 'baseline', 'enforce-version': 'v1.30' })
  assert.equal(
    await enforcing.ask({ object: pod(bad) }),
    `pods "p" is forbidden: violates PodSecurity "baseline:v1.30": ${text}`,
  )
  assert.equal(await enforcing.ask({ object: pod(spec([{}])) }), 'fine')
  const warning = world({ warn: 'baseline' })
  assert.equal(await warning.ask({ object: pod(bad) }), 'fine')
  assert.deepEqual(warning.warnings, [`would violate PodSecurity "baseline:latest": ${text}`])
  assert.equal(await world({}).ask({ object: pod(bad) }), 'fine')
})

test('the audit log hears of what is refused, too', async () => {
  const { ask, annotations } = world({ enforce: 'baseline', audit: 'restricted' })
  await ask({ object: pod(bad) })
  assert.equal(annotations['pod-security.kubernetes.io/enforce-policy'], 'baseline:latest')
  const audited = annotations['pod-security.kubernetes.io/audit-violations'] ?? ''
  assert.match(audited, /^would violate PodSecurity "restricted:latest": /)
})

test('updates are judged when they change an image; workloads are only warned of', async () => {
  const { ask, warnings } = world({ enforce: 'baseline', warn: 'baseline' })
  const labelled = { ...pod(bad), metadata: { name: 'p', namespace: 'shop', labels: { a: 'b' } } }
  assert.equal(await ask({ object: labelled, prior: pod(bad) }), 'fine')
  const image = { ...bad, containers: [{ ...bad.containers[0], image: 'new' }] } as PodSpec
  assert.match(await ask({ object: pod(image), prior: pod(bad) }), /violates PodSecurity/)
  const deployment = {
    metadata: { name: 'd', namespace: 'shop' },
    spec: { template: { spec: bad } },
  }
  assert.equal(await ask({ type: deployments, object: deployment }), 'fine')
  assert.deepEqual(warnings, [`would violate PodSecurity "baseline:latest": ${text}`])
})

test('labels that say nothing are refused, unless they were there', async () => {
  const { ask } = world({})
  const namespace = (labels: object) => ({ metadata: { name: 'n', labels } })
  const wrong = namespace({
    'pod-security.kubernetes.io/enforce': 'strict',
    'pod-security.kubernetes.io/warn-version': '1.2',
  })
  assert.equal(
    await ask({ type: namespaces, object: wrong }),
    'Namespace "n" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
  )
  assert.equal(await ask({ type: namespaces, object: wrong, prior: wrong }), 'fine')
})

test('a stricter level warns of the pods that are there', async () => {
  const { objects, ask, warnings } = world({})
  for (const name of ['b', 'a', 'c']) objects.put(pods, pod(name === 'c' ? spec([{}]) : bad, name))
  const object = {
    metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  }
  assert.equal(
    await ask({ type: namespaces, object, prior: { metadata: { name: 'shop' } } }),
    'fine',
  )
  assert.deepEqual(warnings, [
    'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
    `a (and 1 other pod): ${text}`,
  ])
})
