import assert from 'node:assert/strict'
import test from 'node:test'
import { portsOfPod, portsOfService } from './ports.ts'

const pod = {
  metadata: { name: 'web-1' },
  spec: {
    containers: [
      {
        name: 'web',
        ports: [
          { name: 'http', containerPort: 8080, protocol: 'TCP' },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
}
const service = {
  metadata: { name: 'web' },
  spec: {
    clusterIP: '10.96.0.9',
    ports: [
      { name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'admin', port: 81, protocol: 'TCP' },
      { name: 'names', port: 53, targetPort: 53, protocol: 'UDP' },
    ],
  },
}

for (const { word, local, remote } of [
  { word: '80', local: 80, remote: 80 },
  { word: '5000:80', local: 5000, remote: 80 },
  { word: ':80', local: 0, remote: 80 },
  { word: 'http', local: 8080, remote: 8080 },
  { word: '80:http', local: 80, remote: 8080 },
]) {
  test(`of a pod, ${word} is ${local} to ${remote}`, () => {
    assert.deepEqual(portsOfPod([word], pod), [{ local, remote }])
  })
}

for (const { word, local, remote } of [
  { word: '80', local: 80, remote: 8080 },
  { word: 'web', local: 80, remote: 8080 },
  { word: '5000:web', local: 5000, remote: 8080 },
  { word: ':81', local: 0, remote: 81 },
]) {
  test(`of a service, ${word} is ${local} to ${remote}`, () => {
    assert.deepEqual(portsOfService([word], service, pod), [{ local, remote }])
  })
}

test('a headless service leads nowhere else', () => {
  const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } }
  assert.deepEqual(portsOfService(['80'], headless, pod), [{ local: 80, remote: 80 }])
})

for (const [word, message] of [
  ['nope', "Pod 'web-1' does not have a named port 'nope'"],
  ['dns', 'UDP protocol is not supported for dns'],
  ['5000:', "Pod 'web-1' does not have a named port ''"],
  ['0', 'remote port must be > 0'],
  [
    '70000',
    `error parsing local port '70000': strconv.ParseUint: parsing "70000": value out of range`,
  ],
] as const) {
  test(`of a pod, ${word} is refused`, () => {
    assert.throws(() => portsOfPod([word], pod), { message })
  })
}

for (const [word, message] of [
  ['nope', "Service 'web' does not have a named port 'nope'"],
  ['99', 'Service web does not have a service port 99'],
  ['names', 'UDP protocol is not supported for names'],
] as const) {
  test(`of a service, ${word} is refused`, () => {
    assert.throws(() => portsOfService([word], service, pod), { message })
  })
}
