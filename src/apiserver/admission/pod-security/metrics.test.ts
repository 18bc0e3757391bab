import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namespaces, pods } from '#api/resources.gen.ts'
import { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { admissionDeps, admissionRequest, admit } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodePodSecurity } from './configuration.ts'
import { podSecurity } from './pod-security.ts'

test('what is judged, exempt or cannot be read is counted and told the audit log', async () => {
  const objects = new FakeObjects()
  const label = (mode: string) => `pod-security.kubernetes.io/${mode}`
  for (const [name, labels] of Object.entries({
    free: {},
    strict: { [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30' },
    future: { [label('warn')]: 'baseline', [label('warn-version')]: 'v1.99' },
    broken: { [label('enforce')]: 'odd' },
    exempt: { [label('enforce')]: 'restricted' },
  })) {
    objects.put(namespaces, { metadata: { name, labels } })
  }
  const podSecurityConfiguration = decodePodSecurity({
    apiVersion: 'pod-security.admission.config.k8s.io/v1',
    kind: 'PodSecurityConfiguration',
    exemptions: { namespaces: ['exempt'] },
  })
  const configurations = { podSecurity: podSecurityConfiguration }
  const plugin = podSecurity(admissionDeps(objects, { configurations }))
  const registry = new MetricRegistry()
  plugin.measure?.(registry)
  const told: Record<string, string> = {}
  for (const namespace of ['free', 'strict', 'future', 'broken', 'exempt']) {
    const spec = { hostNetwork: true, containers: [{ name: 'c' }] }
    const request = admissionRequest({
      type: pods,
      object: { metadata: { name: 'p', namespace }, spec } as never,
      annotate: (key, value) => void (told[`${namespace} ${key.split('/')[1]}`] = value),
    })
    await admit([plugin], request).catch(() => undefined)
  }
  assert.equal(told['free enforce-policy'], 'privileged:latest')
  assert.equal(told['strict enforce-policy'], 'baseline:v1.30')
  assert.match(told['broken error'] ?? '', /^Failed to parse policy: metadata\.labels\[/)
  assert.equal(told['exempt exempt'], 'namespace')
  const lines = registry.expose().split('\n')
  const counted = lines
    .filter((line) => line.startsWith('pod_security'))
    .map((line) => line.replaceAll(/(request_operation|resource|subresource)="\w*",?/g, ''))
  assert.deepEqual(counted.toSorted(), [
    'pod_security_errors_total{fatal="false",} 1',
    'pod_security_evaluations_total{decision="allow",policy_level="privileged",policy_version="latest",mode="enforce",} 2',
    'pod_security_evaluations_total{decision="deny",policy_level="baseline",policy_version="future",mode="warn",} 1',
    'pod_security_evaluations_total{decision="deny",policy_level="baseline",policy_version="v1.30",mode="enforce",} 1',
    'pod_security_evaluations_total{decision="deny",policy_level="restricted",policy_version="latest",mode="enforce",} 1',
    'pod_security_exemptions_total{} 1',
  ])
})
