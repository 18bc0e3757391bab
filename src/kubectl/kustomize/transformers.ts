/**
 * Transformers that fields of a kustomization stand for.
 * Upstream: kustomize api/internal/builtins, api/filters.
 */
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import {
  annotationFields,
  imageFields,
  labelFields,
  namespaceFields,
  replicaFields,
  templateLabelFields,
} from './field-specs.ts'
import type { FieldRow } from './field-specs.ts'
import { changeFields, isSelected } from './fields.ts'
import type { Change } from './fields.ts'
import { newImage } from './images.ts'
import type { ImageChange } from './images.ts'
import {
  allIds,
  currentId,
  idText,
  isClusterScoped,
  originalId,
  rememberId,
  sameId,
} from './resource.ts'
import type { Resource } from './resource.ts'

export function setNamespace(resources: readonly Resource[], namespace: string): void {
  for (const resource of resources) {
    rememberId(resource)
    const { object } = resource
    const id = currentId(resource)
    if (!isClusterScoped(id)) object.metadata = { ...object.metadata, namespace }
    const change: Change = (holder, key) => void (holder[key] = namespace)
    changeFields(object, id, { rows: namespaceFields, change })
    if (id.kind === 'RoleBinding' || id.kind === 'ClusterRoleBinding') {
      setSubjects(object['subjects'], namespace)
    }
    const moved = currentId(resource)
    const same = resources.filter((one) => sameId(currentId(one), moved))
    if (same.length > 1) {
      const ids = same.map((one) => idText(currentId(one))).join(' ')
      throw new CommandError(`namespace transformation produces ID conflict: [${ids}]`)
    }
  }
}

/** Of subjects, only the account that every namespace has. */
function setSubjects(subjects: unknown, namespace: string): void {
  if (!Array.isArray(subjects)) return
  for (const subject of subjects.filter(isMapping)) {
    if (subject['name'] === 'default') subject['namespace'] = namespace
  }
}

const keptNames: readonly string[] = [
  'CustomResourceDefinition',
  'apiregistration.k8s.io//APIService',
  'Namespace',
]

export function addAffixes(
  resources: readonly Resource[],
  { prefix = '', suffix = '' }: { readonly prefix?: string; readonly suffix?: string },
): void {
  for (const resource of resources) {
    if (keptNames.some((kind) => isSelected(kind, originalId(resource)))) continue
    rememberId(resource)
    if (prefix !== '') resource.prefixes.push(prefix)
    if (suffix !== '') resource.suffixes.push(suffix)
    const name = `${prefix}${resource.object.metadata?.name ?? ''}${suffix}`
    resource.object.metadata = { ...resource.object.metadata, name }
  }
}

export interface LabelsEntry {
  readonly pairs: Readonly<Record<string, string>>
  readonly includeSelectors: boolean
  readonly includeTemplates: boolean
  readonly fields: readonly FieldRow[]
}

const metadataLabels: FieldRow = ['+metadata/labels', '*']

export function addLabels(resources: readonly Resource[], entry: LabelsEntry): void {
  const { pairs, includeSelectors, includeTemplates, fields } = entry
  const standard = includeSelectors
    ? labelFields
    : includeTemplates
      ? [...templateLabelFields, metadataLabels]
      : [metadataLabels]
  addPairs(resources, pairs, [...fields, ...standard])
}

export function addAnnotations(
  resources: readonly Resource[],
  pairs: Readonly<Record<string, string>>,
): void {
  addPairs(resources, pairs, annotationFields)
}

function addPairs(
  resources: readonly Resource[],
  pairs: Readonly<Record<string, string>>,
  rows: readonly FieldRow[],
): void {
  const change: Change = (holder, key, creates) => {
    const current = holder[key]
    if (!isMapping(current) && !creates) return
    holder[key] = { ...(isMapping(current) ? current : {}), ...pairs }
  }
  for (const resource of resources) {
    changeFields(resource.object, currentId(resource), { rows, change })
  }
}

export interface Replica {
  readonly name: string
  readonly count: number
}

export function setReplicas(resources: readonly Resource[], { name, count }: Replica): void {
  const kinds = replicaFields.flatMap(([, list]) => list.split(' '))
  const found = resources.filter((resource) =>
    allIds(resource).some((id) => id.name === name && kinds.some((kind) => isSelected(kind, id))),
  )
  if (found.length === 0) {
    const list = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']
      .map((kind) => `${kind}.[noVer].[noGrp]`)
      .join(' ')
    throw new CommandError(
      `resource with name ${name} does not match a config with the following GVK [${list}]`,
    )
  }
  const change: Change = (holder, key) => void (holder[key] = count)
  for (const resource of found) {
    changeFields(resource.object, currentId(resource), { rows: replicaFields, change })
  }
}

export function setImages(resources: readonly Resource[], image: ImageChange): void {
  const change: Change = (holder, key) => {
    const value = holder[key]
    if (typeof value === 'string') holder[key] = newImage(value, image)
  }
  for (const resource of resources) {
    const id = currentId(resource)
    if (id.kind === 'CustomResourceDefinition') continue
    changeContainers(resource.object, image)
    const rows = imageFields
      .filter(([path]) => path.includes('volumes'))
      .map(([path, kinds]): FieldRow => [path.replace('+', ''), kinds])
    changeFields(resource.object, id, { rows, change })
  }
}

/** Wherever containers are listed. */
function changeContainers(node: unknown, image: ImageChange): void {
  if (Array.isArray(node)) {
    for (const item of node) changeContainers(item, image)
    return
  }
  if (!isMapping(node)) return
  for (const key of ['containers', 'initContainers']) {
    const list = node[key]
    if (Array.isArray(list)) for (const item of list) changeOne(item, image)
  }
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'containers' && key !== 'initContainers') changeContainers(value, image)
  }
}

function changeOne(container: unknown, image: ImageChange): void {
  if (!isMapping(container)) return
  const value: unknown = container['image']
  const target: Json = container
  if (typeof value === 'string') target['image'] = newImage(value, image)
}
