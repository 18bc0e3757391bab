/** OpenAPI documents: 3.0 for one group version, 2.0 for everything. */
import { kubernetesVersion } from '#api/version.ts'
import { listKindOf } from '#resources/resource.ts'
import type { OpenApiForm, Resource } from '#resources/resource.ts'
import { listDefinition } from './custom-list.ts'
import { definitionName, definitions } from './definitions.ts'
import type { DefinitionOptions, GroupVersionKind } from './definitions.ts'
import { operationId, operationsOf, parametersOf } from './operations.ts'
import type { Operation, Parameter } from './operations.ts'

const info = { title: 'Kubernetes', version: kubernetesVersion }
const jsonPatch = 'application/json-patch+json'
const patchTypes = [
  'application/apply-patch+yaml',
  jsonPatch,
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

function patchTypesOf({ kind }: Operation): readonly string[] {
  return kind.schemaType === '' ? patchTypes.slice(0, -1) : patchTypes
}
const v3Prefix = '#/components/schemas/'
const v2Prefix = '#/definitions/'

/** For rows of one group version. */
export function openApiV3(rows: readonly Resource[]): object {
  const operations = rows.flatMap(operationsOf)
  return {
    openapi: '3.0.0',
    info,
    paths: pathsOf(operations, v3Operation),
    components: { schemas: schemasOf(rows, operations, v3Prefix) },
  }
}

export function openApiV2(rows: readonly Resource[]): object {
  const operations = rows.flatMap(operationsOf)
  return {
    swagger: '2.0',
    info,
    paths: pathsOf(operations, v2Operation),
    definitions: schemasOf(rows, operations, v2Prefix),
  }
}

function pathsOf(
  operations: readonly Operation[],
  describe: (operation: Operation) => object,
): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {})
    path[operation.method] = describe(operation)
  }
  return paths
}

function schemasOf(
  rows: readonly Resource[],
  operations: readonly Operation[],
  refPrefix: string,
): Record<string, object> {
  const served = new Map<string, GroupVersionKind[]>()
  const serve = (typeName: string, kind: GroupVersionKind): void => {
    const kinds = served.get(typeName) ?? []
    if (kinds.some((known) => known.kind === kind.kind && known.group === kind.group)) return
    served.set(typeName, [...kinds, kind])
  }
  for (const { kind } of operations) {
    if (kind.schemaType !== '') serve(kind.schemaType, plainKind(kind))
  }
  for (const row of rows) {
    if (row.schemaType === '' || !row.verbs.includes('list')) continue
    serve(`${row.schemaType}List`, { ...plainKind(row), kind: `${row.kind}List` })
  }
  const options: DefinitionOptions = { refPrefix, kindsOf: (name) => served.get(name) ?? [] }
  const names = [...served.keys(), 'meta/v1.Status', 'meta/v1.DeleteOptions']
  const form = { refPrefix, isV2: refPrefix === v2Prefix }
  return { ...definitions(names, options), ...customSchemas(rows, form) }
}

function plainKind({ group, version, kind }: GroupVersionKind): GroupVersionKind {
  return { group, version, kind }
}

function customSchemas(rows: readonly Resource[], form: OpenApiForm): Record<string, object> {
  return Object.fromEntries(
    rows.flatMap((row): [string, object][] => {
      const { custom } = row
      if (custom === undefined) return []
      const name = customName(row)
      const listKind = listKindOf(row)
      return [
        [name, custom.definition(form)],
        [
          customName({ ...row, kind: listKind }),
          listDefinition({ ...plainKind(row), listKind, plural: row.plural }, name, form),
        ],
      ]
    }),
  )
}

/** `com.example.v1.Foo` */
function customName({ group, version, kind }: GroupVersionKind): string {
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`
}

function schemaName({ kind, action, row }: Operation): string | undefined {
  if (action === 'connect') return undefined
  if (kind.schemaType === '') {
    return customName(action === 'list' ? { ...kind, kind: listKindOf(row) } : kind)
  }
  return definitionName(action === 'list' ? `${kind.schemaType}List` : kind.schemaType)
}

function answered(operation: Operation): string | undefined {
  const { action } = operation
  if (action === 'delete' || action === 'deletecollection') return definitionName('meta/v1.Status')
  return schemaName(operation)
}

function sent(operation: Operation): string | undefined {
  const { action } = operation
  if (action === 'post' || action === 'put') return schemaName(operation)
  if (action === 'delete' || action === 'deletecollection') {
    return definitionName('meta/v1.DeleteOptions')
  }
  return undefined
}

function common(operation: Operation): object {
  const { action, kind, row } = operation
  const group = row.group === '' ? 'core' : row.group.split('.', 1)[0]
  return {
    tags: [`${group}_${row.version}`],
    operationId: operationId(operation),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': plainKind(kind),
  }
}

function codeOf({ action }: Operation): string {
  return action === 'post' ? '201' : '200'
}

function v3Operation(operation: Operation): object {
  const body = sent(operation)
  const result = answered(operation)
  const content = (name: string): object => ({
    'application/json': { schema: { $ref: v3Prefix + name } },
  })
  return {
    ...common(operation),
    parameters: parametersOf(operation).map(v3Parameter),
    ...(body !== undefined && { requestBody: { content: content(body) } }),
    ...(operation.action === 'patch' && { requestBody: { content: patchContent(operation) } }),
    responses: {
      [codeOf(operation)]: {
        description: 'OK',
        ...(result !== undefined && { content: content(result) }),
      },
      401: { description: 'Unauthorized' },
    },
  }
}

function patchContent(operation: Operation): object {
  const anything = { schema: { type: 'object' } }
  return Object.fromEntries(patchTypesOf(operation).map((type) => [type, anything]))
}

function v3Parameter({ name, in: where, type }: Parameter): object {
  return { name, in: where, ...(where === 'path' && { required: true }), schema: { type } }
}

function v2Operation(operation: Operation): object {
  const body = sent(operation)
  const result = answered(operation)
  const isPatch = operation.action === 'patch'
  const schema =
    body === undefined ? (isPatch ? { type: 'object' } : undefined) : { $ref: v2Prefix + body }
  return {
    ...common(operation),
    consumes: isPatch ? patchTypesOf(operation) : ['*/*'],
    produces: ['application/json', 'application/yaml'],
    parameters: [
      ...(schema === undefined ? [] : [{ name: 'body', in: 'body', schema }]),
      ...parametersOf(operation).map(v2Parameter),
    ],
    responses: {
      [codeOf(operation)]: {
        description: 'OK',
        ...(result !== undefined && { schema: { $ref: v2Prefix + result } }),
      },
      401: { description: 'Unauthorized' },
    },
  }
}

function v2Parameter({ name, in: where, type }: Parameter): object {
  return { name, in: where, type, uniqueItems: true, ...(where === 'path' && { required: true }) }
}
