/** Definitions of custom kinds, for tests. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '#api/apiextensions/v1.gen.ts'
import { customresourcedefinitions } from '#api/resources.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Client } from '#client/client.ts'

export interface Gadget extends ApiObject {
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
}

export function gadgets(version = 'v1'): ResourceType<Gadget> {
  const resource = 'gadgets'
  return { group: 'example.com', version, resource, kind: 'Gadget', namespaced: true }
}

/** A schema whose spec has these properties. */
export function schemaOf(properties: Record<string, JSONSchemaProps>): JSONSchemaProps {
  return { type: 'object', properties: { spec: { type: 'object', properties } } }
}

export function versionOf(
  name: string,
  schema: JSONSchemaProps,
  rest: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion {
  return { name, served: true, storage: true, schema: { openAPIV3Schema: schema }, ...rest }
}

export function definitionOf(
  versions: CustomResourceDefinitionVersion[],
  rest: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition {
  const group = 'example.com'
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.example.com' } as CustomResourceDefinition['metadata'],
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
      versions,
      ...rest,
    },
  }
}

/** Makes the definition, or gives it the spec; resolves when it is served as it says. */
export async function define(client: Client, definition: CustomResourceDefinition): Promise<void> {
  const { name } = definition.metadata
  const definitions = client.for(customresourcedefinitions)
  const current = await definitions.get(name).catch(() => undefined)
  if (current === undefined) {
    await condition(client, await definitions.create(definition), 'Established', 'True')
    return
  }
  const stop = new AbortController()
  const served = servedVersion(current)
  const replaced = untilEnd(client.for(gadgets(served)).watch({ signal: stop.signal }))
  try {
    await definitions.update({ ...current, spec: definition.spec })
    await replaced
  } finally {
    stop.abort()
  }
}

function servedVersion({ spec }: CustomResourceDefinition): string {
  return spec.versions.find(({ served }) => served)?.name ?? ''
}

/** The server ends the watches of a kind when its definition has changed. */
async function untilEnd(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of events) continue
}

/** Resolves with the definition once it has the condition. */
export async function condition(
  client: Client,
  { metadata }: CustomResourceDefinition,
  type: string,
  status: string,
): Promise<CustomResourceDefinition> {
  const signal = AbortSignal.timeout(10_000)
  const fieldSelector = `metadata.name=${metadata.name}`
  for await (const event of client
    .for(customresourcedefinitions)
    .watch({ fieldSelector, signal })) {
    const found = event.object
    const conditions = found.status?.conditions ?? []
    if (conditions.some((each) => each.type === type && each.status === status)) return found
  }
  throw new Error(`${metadata.name} never became ${type}=${status}`)
}
