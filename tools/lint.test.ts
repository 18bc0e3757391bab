import assert from 'node:assert/strict'
import { test } from 'node:test'
import { violation } from './lint.ts'

const cases = [
  { layer: 'kubelet', imports: '#cri/client.ts', says: undefined },
  { layer: 'kubelet', imports: './limits.ts', says: undefined },
  { layer: 'kubelet', imports: 'node:fs', says: undefined },
  {
    layer: 'kubelet',
    imports: '#apiserver/server.ts',
    says: /kubelet may import only itself, base, .* not apiserver/,
  },
  { layer: 'kubelet', imports: '../cri/client.ts', says: /leave a folder by #layer\/path\.ts/ },
  { layer: 'scheduler', imports: 'node:fs', says: /scheduler must run without Node/ },
  { layer: 'scheduler', imports: 'js-yaml', says: /scheduler may not use the package js-yaml/ },
  { layer: 'dns', imports: 'dns-packet', says: undefined },
  { layer: 'nowhere', imports: './a.ts', says: /not a layer: add it to tools\/layers\.ts/ },
] as const

for (const { layer, imports, says } of cases) {
  test(`${layer} imports ${imports}: ${says === undefined ? 'fine' : 'refused'}`, () => {
    const message = violation(layer, imports, false)
    if (says === undefined) assert.equal(message, undefined)
    else assert.match(message ?? '', says)
  })
}

test('a test may use what its layer may not', () => {
  assert.equal(violation('scheduler', 'node:test', true), undefined)
  assert.equal(violation('scheduler', '#testing/clock.ts', true), undefined)
})
