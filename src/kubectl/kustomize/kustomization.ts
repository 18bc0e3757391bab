/** A kustomization.yaml, decoded. Upstream: kustomize api/types/kustomization.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import type { FieldRow } from './field-specs.ts'
import type { Generator, GeneratorOptions } from './generators.ts'
import type { ImageChange } from './images.ts'
import type { Target } from './patches.ts'
import type { Behavior } from './resource.ts'
import type { LabelsEntry, Replica } from './transformers.ts'

export interface PatchEntry {
  readonly path: string
  readonly text: string
  readonly target: Target | undefined
  readonly allowNameChange: boolean
  readonly allowKindChange: boolean
}

export interface SortOptions {
  readonly order: 'legacy' | 'fifo'
  readonly first: readonly string[] | undefined
  readonly last: readonly string[] | undefined
}

export interface Kustomization {
  readonly isComponent: boolean
  readonly resources: readonly string[]
  readonly components: readonly string[]
  readonly namespace: string
  readonly namePrefix: string
  readonly nameSuffix: string
  readonly labels: readonly LabelsEntry[]
  readonly commonLabels: Readonly<Record<string, string>>
  readonly commonAnnotations: Readonly<Record<string, string>>
  readonly images: readonly ImageChange[]
  readonly replicas: readonly Replica[]
  readonly patches: readonly PatchEntry[]
  /** Files or texts. */
  readonly patchesStrategicMerge: readonly string[]
  readonly patchesJson6902: readonly PatchEntry[]
  readonly generators: readonly Generator[]
  readonly replacements: readonly Json[]
  readonly sortOptions: SortOptions | undefined
  readonly buildMetadata: readonly string[]
  /** What is said of fields that are on their way out. */
  readonly warnings: readonly string[]
}

const known = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'bases',
  'buildMetadata',
  'commonAnnotations',
  'commonLabels',
  'components',
  'configMapGenerator',
  'generatorOptions',
  'images',
  'labels',
  'namePrefix',
  'nameSuffix',
  'namespace',
  'patches',
  'patchesJson6902',
  'patchesStrategicMerge',
  'replacements',
  'replicas',
  'resources',
  'secretGenerator',
  'sortOptions',
])

/** Known to kustomize, and not built here. */
const unsupported = [
  'configurations',
  'crds',
  'generators',
  'helmChartInflationGenerator',
  'helmCharts',
  'helmGlobals',
  'inventory',
  'openapi',
  'transformers',
  'validators',
  'vars',
]

const deprecated: readonly (readonly [field: string, instead: string])[] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
]

/** Throws CommandError for what is no kustomization, or asks for what is not built here. */
export function decodeKustomization(text: string, name: string): Kustomization {
  const value = parsed(text)
  if (value === null || value === undefined) throw new CommandError(`${name} is empty`)
  if (!isMapping(value)) throw new CommandError('invalid Kustomization: it is no mapping')
  refuseFields(value)
  const options = optionsOf(value['generatorOptions'])
  return {
    isComponent: value['kind'] === 'Component',
    resources: [...strings(value['resources']), ...strings(value['bases'])],
    components: strings(value['components']),
    namespace: text_(value['namespace'], 'Kustomization.namespace'),
    namePrefix: text_(value['namePrefix'], 'Kustomization.namePrefix'),
    nameSuffix: text_(value['nameSuffix'], 'Kustomization.nameSuffix'),
    labels: mappings(value['labels']).map(labelsEntry),
    commonLabels: pairs(value['commonLabels'], 'Kustomization.commonLabels'),
    commonAnnotations: pairs(value['commonAnnotations'], 'Kustomization.commonAnnotations'),
    images: mappings(value['images']).map(imageOf),
    replicas: mappings(value['replicas']).map(replicaOf),
    patches: mappings(value['patches']).map(patchOf),
    patchesStrategicMerge: strings(value['patchesStrategicMerge']),
    patchesJson6902: mappings(value['patchesJson6902']).map(patchOf),
    generators: [
      ...mappings(value['configMapGenerator']).map((one) => generatorOf(one, 'ConfigMap', options)),
      ...mappings(value['secretGenerator']).map((one) => generatorOf(one, 'Secret', options)),
    ],
    replacements: mappings(value['replacements']),
    sortOptions: sortOptionsOf(value['sortOptions']),
    buildMetadata: strings(value['buildMetadata']),
    warnings: [
      ...deprecated.filter(([field]) => field in value).map(warning),
      ...('vars' in value ? [varsWarning] : []),
    ],
  }
}

const varsWarning =
  "# Warning: 'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] Run 'kustomize edit fix' to update your Kustomization automatically."

function warning([field, instead]: readonly [string, string]): string {
  return `# Warning: '${field}' is deprecated. Please use '${instead}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.`
}

function parsed(text: string): unknown {
  try {
    return parseYaml(text)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new CommandError(`invalid Kustomization: ${error.message}`)
  }
}

function refuseFields(value: Json): void {
  const field = Object.keys(value).find((key) => !known.has(key) && !isNothing(key, value[key]))
  if (field === undefined) return
  if (unsupported.includes(field)) {
    throw new CommandError(
      `the field ${goQuote(field)} of a kustomization is not supported by this kubectl`,
    )
  }
  throw new CommandError(`invalid Kustomization: json: unknown field ${goQuote(field)}`)
}

/** A field that is not supported may be there, if it asks for nothing. */
function isNothing(key: string, value: unknown): boolean {
  if (!unsupported.includes(key)) return false
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** A text, or what Go says of another value. */
function text_(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  const kind = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value
  throw new CommandError(
    `invalid Kustomization: json: cannot unmarshal ${kind} into Go struct field ${field} of type string`,
  )
}

function pairs(value: unknown, field: string): Record<string, string> {
  if (!isMapping(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, text_(one, field)]))
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function mappings(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isMapping) : []
}

function labelsEntry(value: Json): LabelsEntry {
  return {
    pairs: pairs(value['pairs'], 'Label.labels.pairs'),
    includeSelectors: value['includeSelectors'] === true,
    includeTemplates: value['includeTemplates'] === true,
    fields: mappings(value['fields']).map(fieldRow),
  }
}

function fieldRow(value: Json): FieldRow {
  const of = (key: string): string => text_(value[key], `FieldSpec.${key}`)
  const kind = `${of('group')}/${of('version')}/${of('kind')}`
  return [`${value['create'] === true ? '+' : ''}${of('path')}`, kind === '//' ? '*' : kind]
}

function imageOf(value: Json): ImageChange {
  const of = (key: string): string => text_(value[key], `Image.images.${key}`)
  return {
    name: of('name'),
    newName: of('newName'),
    newTag: of('newTag'),
    tagSuffix: of('tagSuffix'),
    digest: of('digest'),
  }
}

function replicaOf(value: Json): Replica {
  const count = value['count']
  return {
    name: text_(value['name'], 'Replica.replicas.name'),
    count: typeof count === 'number' ? count : 0,
  }
}

function patchOf(value: Json): PatchEntry {
  const options = isMapping(value['options']) ? value['options'] : {}
  const target = value['target']
  return {
    path: text_(value['path'], 'Patch.patches.path'),
    text: text_(value['patch'], 'Patch.patches.patch'),
    target: isMapping(target) ? targetOf(target) : undefined,
    allowNameChange: options['allowNameChange'] === true,
    allowKindChange: options['allowKindChange'] === true,
  }
}

export function targetOf(value: Json): Target {
  const of = (key: string): string => text_(value[key], `Selector.patches.target.${key}`)
  return {
    group: of('group'),
    version: of('version'),
    kind: of('kind'),
    name: of('name'),
    namespace: of('namespace'),
    labelSelector: of('labelSelector'),
    annotationSelector: of('annotationSelector'),
  }
}

function optionsOf(value: unknown, field = 'generatorOptions'): GeneratorOptions {
  const options = isMapping(value) ? value : {}
  return {
    labels: pairs(options['labels'], `GeneratorOptions.${field}.labels`),
    annotations: pairs(options['annotations'], `GeneratorOptions.${field}.annotations`),
    disableNameSuffixHash: options['disableNameSuffixHash'] === true,
    immutable: options['immutable'] === true,
  }
}

function generatorOf(value: Json, kind: Generator['kind'], all: GeneratorOptions): Generator {
  const list = kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator'
  const own = optionsOf(value['options'], `${list}.GeneratorArgs.options`)
  const of = (key: string): string => text_(value[key], `${kind}Args.${kind}Generator.${key}`)
  const env = of('env')
  return {
    kind,
    name: of('name'),
    namespace: of('namespace'),
    behavior: behaviorOf(of('behavior')),
    type: kind === 'Secret' ? of('type') : '',
    literals: strings(value['literals']),
    files: strings(value['files']),
    envs: [...strings(value['envs']), ...(env === '' ? [] : [env])],
    options: {
      labels: { ...all.labels, ...own.labels },
      annotations: { ...all.annotations, ...own.annotations },
      disableNameSuffixHash: all.disableNameSuffixHash || own.disableNameSuffixHash,
      immutable: all.immutable || own.immutable,
    },
  }
}

function behaviorOf(text: string): Behavior {
  return text === 'merge' || text === 'replace' ? text : 'create'
}

function sortOptionsOf(value: unknown): SortOptions | undefined {
  if (!isMapping(value)) return undefined
  const order = text_(value['order'], 'SortOptions.sortOptions.order')
  if (order !== 'legacy' && order !== 'fifo') {
    throw new CommandError(`the field 'sortOptions.order' must be one of [fifo, legacy]`)
  }
  const legacy = isMapping(value['legacySortOptions']) ? value['legacySortOptions'] : undefined
  return {
    order,
    first: legacy === undefined ? undefined : strings(legacy['orderFirst']),
    last: legacy === undefined ? undefined : strings(legacy['orderLast']),
  }
}
