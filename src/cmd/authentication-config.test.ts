import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { formatYaml } from '#api/yaml.ts'
import { readAuthenticationConfig } from './authentication-config.ts'
import { authenticationFlags, readAuthentication } from './authentication-flags.ts'
import { parseFlags } from './flags.ts'
import { readOidc } from './oidc-flags.ts'

const webhookWorld = { clock: systemClock, random: () => 0, log: silentLogger }
const folder = await mkdtemp(join(tmpdir(), 'k8ts-authn-'))
after(() => rm(folder, { recursive: true }))
const path = join(folder, 'config.yaml')

async function write(config: object): Promise<void> {
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
  await writeFile(path, formatYaml({ ...head, ...config }))
}

const issuer = { url: 'https://issuer.example', audiences: ['a'] }
const username = { claim: 'sub', prefix: '' }
const jwt = { issuer, claimMappings: { username } }

test('issuers and the places that are open to everybody', async () => {
  await write({
    jwt: [
      {
        issuer: { ...issuer, audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' },
        claimMappings: { username, groups: { expression: 'claims.roles' }, uid: { claim: 'id' } },
        claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }, { expression: 'true' }],
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
  })
  const config = await readAuthenticationConfig(path)
  assert.deepEqual(config.anonymous, { enabled: true, paths: ['/livez'] })
  assert.deepEqual(config.issuers, [
    {
      url: 'https://issuer.example',
      audiences: ['a', 'b'],
      username,
      groups: { expression: 'claims.roles' },
      uid: { claim: 'id', prefix: '' },
      claimValidationRules: [
        { claim: 'hd', requiredValue: 'x' },
        { expression: 'true', message: '' },
      ],
      extra: [],
      userValidationRules: [],
    },
  ])
  const flags = parseFlags(authenticationFlags, [`--authentication-config=${path}`])
  const choice = await readAuthentication(flags, webhookWorld)
  assert.equal(choice.otherTokens?.length, 1)
})

for (const [config, message] of [
  [{ kind: 'Other' }, /no kind "Other" is registered for version "apiserver.config.k8s.io\/v1"/],
  [{ jwt: [{ ...jwt, issuer: {} }] }, /jwt\[0\]\.issuer\.url: Required value/],
  [{ jwt: [{ ...jwt, issuer: { ...issuer, url: 'http://x' } }] }, /URL scheme must be https/],
  [{ jwt: [{ ...jwt, issuer: { url: 'https://x' } }] }, /issuer\.audiences: Required value/],
  [
    { jwt: [{ ...jwt, issuer: { ...issuer, audiences: ['a', 'b'] } }] },
    /audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences/,
  ],
  [{ jwt: [jwt, jwt] }, /jwt\[1\]\.issuer\.url: Duplicate value/],
  [{ jwt: [{ issuer, claimMappings: {} }] }, /claimMappings\.username: Required value/],
  [
    { jwt: [{ issuer, claimMappings: { username: { claim: 'sub' } } }] },
    /prefix is required when claim is set/,
  ],
  [
    { jwt: [{ issuer, claimMappings: { username: { ...username, expression: 'x' } } }] },
    /claim and expression can't both be set/,
  ],
  [{ anonymous: { conditions: [{ path: '/' }] } }, /enabled should be set to true/],
] as const) {
  test(`refused: ${message.source}`, async () => {
    await write(config)
    await assert.rejects(readAuthenticationConfig(path), message)
  })
}

const flagged = (...argv: string[]) => parseFlags(authenticationFlags, argv)
const base = ['--oidc-issuer-url=https://i.example', '--oidc-client-id=me'] as const

for (const [more, prefix] of [
  [[], 'https://i.example#'],
  [['--oidc-username-prefix=-'], ''],
  [['--oidc-username-prefix=x:'], 'x:'],
  [['--oidc-username-claim=email'], ''],
] as const) {
  test(`names begin with ${JSON.stringify(prefix)} by ${more.join()}`, async () => {
    const found = await readOidc(flagged(...base, ...more))
    assert.equal(found !== undefined && 'prefix' in found.username && found.username.prefix, prefix)
  })
}

for (const [argv, message] of [
  [['--oidc-issuer-url=https://x'], /must be specified together/],
  [['--oidc-issuer-url=http://x', '--oidc-client-id=a'], /URL scheme must be https/],
  [[...base, '--oidc-signing-algs=HS256'], /unsupported signing alg: HS256/],
  [[...base, '--authentication-config=x'], /mutually exclusive/],
] as const) {
  test(`refused: ${argv.join(' ')}`, async () => {
    await assert.rejects(readAuthentication(flagged(...argv), webhookWorld), message)
  })
}
