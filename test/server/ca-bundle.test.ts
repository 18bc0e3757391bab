/** Roots of trust of conversion webhooks: what is served keeps them, what has none waits for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCondition } from '#api/meta/conditions.ts'
import { customresourcedefinitions } from '#api/resources.gen.ts'
import { createAuthority } from '#bootstrap/pki/certificate.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { condition, definitionOf, gadgets, schemaOf, versionOf } from '#testing/custom-kinds.ts'

const limit = { timeout: 30_000 }
const name = 'gadgets.example.com'

function definition(caBundle: string) {
  return definitionOf([versionOf('v1', schemaOf({ a: { type: 'string' } }))], {
    conversion: {
      strategy: 'Webhook',
      webhook: {
        conversionReviewVersions: ['v1'],
        clientConfig: { url: 'https://convert.example.com/', caBundle },
      },
    },
  })
}

test('a kind is served once its webhook can be trusted, and stays so', limit, async () => {
  await using started = await startTestApiServer({ port: false })
  const client = createClient(started.server.transport(master))
  const definitions = client.for(customresourcedefinitions)
  const { certificate } = await createAuthority({ commonName: 'ca', days: 1, nowMs: Date.now() })

  const made = await definitions.create(definition('Cg=='))
  await condition(client, made, 'Established', 'False')
  const { status } = await definitions.get(name)
  const { reason, message } = findCondition(status?.conditions ?? [], 'Established') ?? {}
  assert.equal(reason, 'InvalidCABundle')
  assert.equal(message, 'The conversion webhook CABundle is invalid')
  await assert.rejects(client.in(gadgets(), 'default').list(), /could not find the requested/)

  const give = async (caBundle: string) => {
    const known = await definitions.get(name)
    return definitions.update({ ...known, spec: definition(caBundle).spec })
  }
  await give(btoa('still none'))
  await condition(client, await give(btoa(certificate)), 'Established', 'True')
  assert.deepEqual((await client.in(gadgets(), 'default').list()).items, [])

  await assert.rejects(give('Cg=='), {
    message: `CustomResourceDefinition.apiextensions.k8s.io "${name}" is invalid: spec.conversion.webhookClientConfig.caBundle: Invalid value: "Cg==": unable to load root certificates: data does not contain any valid RSA or ECDSA certificates`,
  })
  const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  await assert.rejects(give(btoa(broken)), /x509: malformed certificate$/)
  await give(btoa(`${certificate}${certificate}`))
})
