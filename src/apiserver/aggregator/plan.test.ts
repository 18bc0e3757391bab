import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIService } from '#api/apiregistration/v1.gen.ts'
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, services } from '#api/resources.gen.ts'
import { ResourceTable } from '#apiserver/http/resource-table.ts'
import { servedGroups } from '#apiserver/discovery/groups.ts'
import { resources } from '#resources/all.ts'
import { FakeObjects } from '#testing/objects.ts'
import { judge } from './availability.ts'
import { planServices, wantedServices } from './local-services.ts'
import type { Wanted } from './local-services.ts'
import { byClusterIp, byEndpoint } from './locate.ts'
import { discoveryOf, parseResourceList } from './remote-resources.ts'

const label = 'kube-aggregator.kubernetes.io/automanaged'
const spec = { group: 'g', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 }

function stored(managed: string | undefined, priority = 1): APIService {
  const labels = managed === undefined ? undefined : { [label]: managed }
  return {
    metadata: { name: 'v1.g', ...(labels && { labels }) } as APIService['metadata'],
    spec: { ...spec, versionPriority: priority },
  }
}

const wanted = (managed: Wanted['managed']): Wanted => ({ name: 'v1.g', managed, spec })

/** Upstream's own table, in checkAPIService. */
const cases: readonly [string, readonly Wanted[], readonly APIService[], string, string][] = [
  ['nothing', [], [], '', ''],
  ['wanted at the start, absent', [wanted('onstart')], [], 'create', ''],
  ['wanted always, absent', [wanted('true')], [], 'create', 'create'],
  ["somebody's own", [wanted('true')], [stored(undefined, 2)], '', ''],
  ['not wanted, of a start', [], [stored('onstart')], 'delete', ''],
  ['not wanted, kept always', [], [stored('true')], 'delete', 'delete'],
  ['another spec, of a start', [wanted('onstart')], [stored('onstart', 2)], 'update', ''],
  ['another spec, kept always', [wanted('true')], [stored('true', 2)], 'update', 'update'],
  ['the same', [wanted('true')], [stored('true')], '', ''],
]

for (const [what, want, have, atStart, later] of cases) {
  test(`an APIService that is ${what}`, () => {
    const types = (isStart: boolean) =>
      planServices(want, have, isStart)
        .map(({ type }) => type)
        .join()
    assert.equal(types(true), atStart)
    assert.equal(types(false), later)
  })
}

test('built-in group versions are wanted at the start, custom ones always', () => {
  const table = new ResourceTable(resources)
  const [pod] = resources
  table.add({
    ...(pod as (typeof resources)[number]),
    group: 'example.com',
    version: 'v2',
    plural: 'x',
  })
  const all = new Map(wantedServices(table).map((one) => [one.name, one]))
  assert.equal(all.get('v1.')?.managed, 'onstart')
  assert.deepEqual(all.get('v2.example.com'), {
    name: 'v2.example.com',
    managed: 'true',
    spec: { group: 'example.com', version: 'v2', groupPriorityMinimum: 1000, versionPriority: 100 },
  })
  assert.equal(all.has('v1.apiregistration.k8s.io'), false)
})

test('a remote group stands where its priority says; its versions too', () => {
  const version = (group: string, name: string, priority: number) => ({
    group,
    version: name,
    priority: { group: priority, version: 10 },
    freshness: 'Current' as const,
    resources: [],
  })
  const groups = servedGroups(new ResourceTable(resources), {
    generation: 1,
    versions: () => [
      version('metrics.k8s.io', 'v1beta1', 100),
      version('first.example.com', 'v1', 17_900),
      version('apps', 'v9', 17_800),
    ],
  })
  const names = groups.map(({ name }) => name)
  assert.deepEqual(names.slice(0, 4), ['', 'apiregistration.k8s.io', 'first.example.com', 'apps'])
  assert.equal(names.at(-1), 'metrics.k8s.io')
  const apps = groups.find(({ name }) => name === 'apps')?.versions.map((one) => one.version)
  assert.deepEqual(apps, ['v1', 'v9'])
})

function service(more: Partial<Service['spec']> = {}): Service {
  const ports = [{ name: 'https', port: 443 }]
  return {
    metadata: { name: 's', namespace: 'n' } as Service['metadata'],
    spec: { ports, clusterIP: '10.96.0.7', ...more },
  } as Service
}

function slice(ready: boolean, name = 'https'): EndpointSlice {
  return {
    metadata: { name: 's', namespace: 'n', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.9'], conditions: { ready } }],
    ports: [{ name, port: 4443 }],
  } as unknown as EndpointSlice
}

const reference = { namespace: 'n', name: 's', port: 443 }

for (const [observed, want] of [
  [{ service: undefined, slices: [] }, 'ServiceNotFound: service/s in "n" is not present'],
  [
    { service: service({ ports: [{ port: 80 }] }), slices: [] },
    'ServicePortError: service/s in "n" is not listening on port 443',
  ],
  [
    { service: service(), slices: [] },
    'EndpointsNotFound: cannot find endpointslices for service/s in "n"',
  ],
  [
    { service: service(), slices: [slice(false), slice(true, 'other')] },
    'MissingEndpoints: endpointslices for service/s in "n" have no addresses with port name "https"',
  ],
  [{ service: service(), slices: [slice(true)] }, undefined],
  [{ service: service({ type: 'ExternalName', externalName: 'x' }), slices: [] }, undefined],
] as const) {
  test(`an APIService is ${want ?? 'to be asked'}`, () => {
    const verdict = judge(reference, observed)
    assert.equal(verdict && `${verdict.reason}: ${verdict.message}`, want)
  })
}

test('where a server is: at the Service, or at what is behind it', () => {
  const objects = new FakeObjects()
  const here = byClusterIp(objects)
  const there = byEndpoint(objects, () => 0)
  assert.throws(() => here(reference), { message: 'service "s" not found' })
  objects.put(services, service())
  assert.equal(here(reference), '10.96.0.7:443')
  assert.throws(() => there(reference), { message: 'no endpoints available for service "s"' })
  objects.put(endpointslices, slice(true))
  assert.equal(there(reference), '192.0.2.9:4443')
  assert.throws(() => here({ ...reference, port: 80 }), {
    message: 'no service port 80 found for service "s"',
  })
  objects.put(services, service({ clusterIP: 'None' }))
  assert.throws(() => here(reference), { message: 'cannot route to service with ClusterIP "None"' })
  objects.put(services, service({ clusterIP: '2001:db8::7' }))
  assert.equal(here(reference), '[2001:db8::7]:443')
})

test('a list of resources as the aggregated discovery shows it', () => {
  const resource = {
    name: 'toys',
    singularName: 'toy',
    namespaced: true,
    kind: 'Toy',
    verbs: ['get'],
  }
  const scale = {
    ...resource,
    name: 'toys/scale',
    kind: 'Scale',
    group: 'autoscaling',
    version: 'v1',
  }
  const text = JSON.stringify({ kind: 'APIResourceList', resources: [resource, scale] })
  assert.deepEqual(discoveryOf({ group: 'g', version: 'v1' }, parseResourceList(text)), [
    {
      resource: 'toys',
      responseKind: { group: 'g', version: 'v1', kind: 'Toy' },
      scope: 'Namespaced',
      singularResource: 'toy',
      verbs: ['get'],
      subresources: [
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: ['get'],
        },
      ],
    },
  ])
  assert.throws(() => parseResourceList('{"kind":"Status"}'), /no APIResourceList/)
})
