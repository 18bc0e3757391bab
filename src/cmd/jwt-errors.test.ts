import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '#api/meta/field-error.ts'
import type { Jwt } from './jwt-config.ts'
import { jwtErrors } from './jwt-errors.ts'

const issuer = { url: 'https://issuer.example', audiences: ['a'] }
const username = { claim: 'sub', prefix: '' }
const claimMappings = { username }

const email = 'claims.email'
const unverified =
  'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

for (const [what, jwt, expected] of [
  ['all is well', {}, []],
  [
    "the server's own issuer",
    { issuer: { ...issuer, url: 'https://own' } },
    [
      'jwt[0].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]',
    ],
  ],
  [
    'a URL with all that it must not have',
    { issuer: { ...issuer, url: 'http://u:p@x/?q#f' } },
    [
      'scheme must be https',
      'must not contain a username or password',
      'must not contain a query',
      'must not contain a fragment',
    ].map((text) => `jwt[0].issuer.url: Invalid value: "http://u:p@x/?q#f": URL ${text}`),
  ],
  [
    'a place of discovery that is the issuer',
    { issuer: { ...issuer, discoveryURL: 'https://issuer.example/' } },
    [
      'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer.example/": discoveryURL must be different from URL',
    ],
  ],
  [
    'no audience',
    { issuer: { url: issuer.url } },
    ['jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required'],
  ],
  [
    'audiences twice, empty, and without a policy',
    { issuer: { ...issuer, audiences: ['a', 'a', ''] } },
    [
      'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
      'jwt[0].issuer.audiences[2]: Required value',
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
  ],
  [
    'roots that are none',
    { issuer: { ...issuer, certificateAuthority: 'x' } },
    [
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
    ],
  ],
  [
    'rules of both kinds, of none, and twice',
    {
      claimValidationRules: [
        { claim: 'a', expression: 'true' },
        {},
        { claim: 'b', message: 'm' },
        { claim: 'b' },
        { expression: 'true', requiredValue: 'v' },
      ],
    },
    [
      'jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can\'t both be set',
      'jwt[0].claimValidationRules[1]: Required value: claim or expression is required',
      'jwt[0].claimValidationRules[2].message: Invalid value: "m": may not be specified when claim is set',
      'jwt[0].claimValidationRules[3].claim: Duplicate value: "b"',
      'jwt[0].claimValidationRules[4].requiredValue: Invalid value: "v": may not be specified when expression is set',
      'jwt[0].claimValidationRules[4].expression: Duplicate value: "true"',
    ],
  ],
  [
    'a name from nowhere',
    { claimMappings: {} },
    ['jwt[0].claimMappings.username: Required value: claim or expression is required'],
  ],
  [
    'a prefix of an expression',
    { claimMappings: { username: { expression: 'claims.sub', prefix: 'x' } } },
    [
      'jwt[0].claimMappings.username.prefix: Invalid value: "x": prefix can\'t be set when expression is set',
    ],
  ],
  [
    'an address that nobody has proven',
    { claimMappings: { username: { expression: email } } },
    [unverified],
  ],
  [
    'an address that a rule looks at',
    {
      claimMappings: { username: { expression: email } },
      claimValidationRules: [{ expression: 'claims.?email_verified.orValue(true) == true' }],
    },
    [],
  ],
  [
    'keys of extra',
    {
      claimMappings: {
        username,
        extra: [
          { key: 'plain', valueExpression: 'x' },
          { key: 'example.org/Big', valueExpression: 'x' },
          { key: 'auth.k8s.io/x', valueExpression: 'x' },
          { key: 'example.org/none' },
        ],
      },
    },
    [
      'jwt[0].claimMappings.extra[0].key: Invalid value: "plain": must be a domain-prefixed path (such as "acme.io/foo")',
      'jwt[0].claimMappings.extra[1].key: Invalid value: "example.org/Big": must be lowercase',
      'jwt[0].claimMappings.extra[2].key: Invalid value: "auth.k8s.io/x": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
      'jwt[0].claimMappings.extra[3].valueExpression: Required value',
    ],
  ],
  [
    'rules about the user',
    { userValidationRules: [{ expression: 'true' }, {}, { expression: 'true' }] },
    [
      'jwt[0].userValidationRules[1].expression: Required value',
      'jwt[0].userValidationRules[2].expression: Duplicate value: "true"',
    ],
  ],
] as [string, Jwt, string[]][]) {
  test(what, () => {
    const errors = jwtErrors({ issuer, claimMappings, ...jwt }, 'jwt[0]', ['https://own'])
    assert.deepEqual(errors.map(message), expected)
  })
}
