import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, Toleration } from '#api/core/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import { namespaces, pods } from '#api/resources.gen.ts'
import { admissionDeps, admissionRequest, admit } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodePodTolerations } from './configuration.ts'
import type { PodTolerationConfiguration } from './configuration.ts'
import { podTolerationRestriction } from './pod-toleration-restriction.ts'
import { areAllowed, mergeTolerations } from './tolerations.ts'

/** `key=value:effect`, `key:effect` (Exists), `:effect`, each perhaps with `@seconds` */
function parse(text: string): Toleration {
  const [rest = '', seconds] = text.split('@')
  const [pair = '', effect = ''] = rest.split(':')
  const [key = '', value] = pair.split('=')
  return {
    ...(key !== '' && { key }),
    operator: value === undefined ? 'Exists' : 'Equal',
    ...(value !== undefined && { value }),
    ...(effect !== '' && { effect }),
    ...(seconds !== undefined && { tolerationSeconds: Number(seconds) }),
  }
}

function format({ key = '', value, effect = '', tolerationSeconds }: Toleration): string {
  const seconds = tolerationSeconds === undefined ? '' : `@${tolerationSeconds}`
  return `${key}${value === undefined ? '' : `=${value}`}:${effect}${seconds}`
}

const list = (text: string) => (text === '' ? [] : text.split(' ').map(parse))
const shown = (all: readonly Toleration[] = []) => all.map(format).join(' ')

for (const [all, expected] of [
  ['a:NoSchedule a:NoSchedule', 'a:NoSchedule'],
  ['a=x:NoSchedule a:NoSchedule', 'a:NoSchedule'],
  ['a:NoSchedule a=x:NoSchedule', 'a:NoSchedule'],
  ['a=x:NoSchedule a=y:NoSchedule', 'a=x:NoSchedule a=y:NoSchedule'],
  ['a=x:NoSchedule a:', 'a:'],
  [': a=x:NoSchedule', ':'],
  ['a:NoExecute@60 a:NoExecute@30', 'a:NoExecute@60'],
  ['a:NoExecute@60 a:NoExecute', 'a:NoExecute'],
  ['a:NoExecute@60 a:NoSchedule', 'a:NoExecute@60 a:NoSchedule'],
] as const) {
  test(`merged: ${all}`, () => assert.equal(shown(mergeTolerations(list(all))), expected))
}

for (const [own, allowed, expected] of [
  ['a=x:NoSchedule', '', true],
  ['a=x:NoSchedule', 'a:NoSchedule', true],
  ['a=x:NoSchedule b=y:NoSchedule', 'a:NoSchedule', false],
  ['a:NoSchedule', 'a=x:NoSchedule', false],
  ['a:NoExecute@90', 'a:NoExecute@60', false],
] as const) {
  test(`${own} under ${allowed}: ${expected}`, () => {
    assert.equal(areAllowed(list(own), list(allowed)), expected)
  })
}

interface Case {
  readonly pod?: string
  readonly added?: string
  readonly allowed?: string
  readonly configuration?: PodTolerationConfiguration
  readonly requests?: object
  readonly isUpdate?: true
}

async function run({ pod = '', added, allowed, ...more }: Case): Promise<string> {
  const objects = new FakeObjects()
  const prefix = 'scheduler.alpha.kubernetes.io'
  const annotations = {
    ...(added !== undefined && { [`${prefix}/defaultTolerations`]: added }),
    ...(allowed !== undefined && { [`${prefix}/tolerationsWhitelist`]: allowed }),
  }
  objects.put(namespaces, { metadata: { name: 'shop', annotations } })
  const { configuration, requests, isUpdate } = more
  const plugin = podTolerationRestriction(
    admissionDeps(objects, {
      configurations:
        configuration === undefined ? {} : { podTolerationRestriction: configuration },
    }),
  )
  const containers = [{ name: 'c', ...(requests && { resources: { requests } }) }]
  const object = {
    metadata: { name: 'p', namespace: 'shop' },
    spec: { containers, tolerations: list(pod) },
  } as unknown as Pod
  const prior = isUpdate && structuredClone(object)
  const request = admissionRequest({ type: pods, object, ...(prior && { prior }) })
  try {
    await admit([plugin], request)
    return shown(object.spec?.tolerations)
  } catch (error) {
    assert.ok(error instanceof StatusError)
    return `${error.code} ${error.message}`
  }
}

const json = (text: string) => JSON.stringify(list(text))
const conflict = (scope: string) =>
  `500 pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`
const configuration = { default: list('d:NoSchedule'), whitelist: list('d: a:') }

for (const [what, given, expected] of [
  ['nothing is said', { pod: 'a:NoSchedule' }, 'a:NoSchedule'],
  ['the namespace adds', { pod: 'a:NoSchedule', added: json('n:') }, 'n: a:NoSchedule'],
  ['an update adds nothing', { pod: 'a:', added: json('n:'), isUpdate: true }, 'a:'],
  ['the cluster adds', { configuration }, 'd:NoSchedule'],
  ['an empty annotation adds nothing', { configuration, added: '' }, ''],
  ['the namespace allows', { pod: 'a=x:', allowed: json('a:') }, 'a=x:'],
  ['the namespace forbids', { pod: 'b:', allowed: json('a:') }, conflict('namespace')],
  ['the cluster forbids', { pod: 'b:', configuration }, conflict('cluster')],
  [
    'an empty annotation forbids nothing',
    { pod: 'b:', configuration, allowed: '' },
    'd:NoSchedule b:',
  ],
  [
    'a pod that asks for memory',
    { requests: { memory: '1Gi' } },
    'node.kubernetes.io/memory-pressure:NoSchedule',
  ],
  [
    'an annotation of another type',
    { added: '[{"key": 1}]' },
    '500 json: cannot unmarshal number into Go struct field Toleration.key of type string',
  ],
] as [string, Case, string][]) {
  test(what, async () => assert.equal(await run(given), expected))
}

test('the configuration, and what is wrong with one', () => {
  const head = {
    apiVersion: 'podtolerationrestriction.admission.k8s.io/v1alpha1',
    kind: 'Configuration',
  }
  const whitelist = [{ key: 'a', operator: 'Exists' }]
  assert.deepEqual(decodePodTolerations({ ...head, whitelist }), { default: [], whitelist })
  assert.throws(() => decodePodTolerations({ ...head, default: [{ key: 'a', effect: 'Odd' }] }), {
    message:
      'couldn\'t init admission plugin "PodTolerationRestriction": podtolerationrestriction.default[0].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  })
})
