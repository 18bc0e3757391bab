/** Patches of a kustomization. Upstream: kustomize api/internal/builtins/PatchTransformer.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { LabelSelectorError, parseLabelSelector } from '#api/meta/labels.ts'
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { PatchError } from '#api/patch/patch-error.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { formatYaml, parseYaml, parseYaml12Documents, YamlError } from '#api/yaml.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json, KubeObject } from '#kubectl/objects/info.ts'
import { mergeInto } from './merge.ts'
import { allIds, currentId, idText, newResource, rememberId, sameId } from './resource.ts'
import type { Id, Resource } from './resource.ts'

export interface Target {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly labelSelector: string
  readonly annotationSelector: string
}

export interface Patch {
  readonly text: string
  /** The file it is from. */
  readonly path: string
  readonly target: Target | undefined
  readonly allowNameChange: boolean
  readonly allowKindChange: boolean
}

type Parsed =
  | { readonly type: 'strategic'; readonly objects: readonly KubeObject[] }
  | { readonly type: 'json'; readonly operations: unknown }

/** Changes the resources; what a patch deletes is not in the answer. */
export function applyPatch(resources: readonly Resource[], patch: Patch): readonly Resource[] {
  const parsed = parsePatch(patch)
  if (parsed.type === 'json') {
    if (patch.target === undefined) {
      throw new CommandError(`must specify a target for JSON patch ${shown(patch)}`)
    }
    for (const resource of selected(resources, patch.target))
      patchByJson(resource, parsed.operations)
    return resources
  }
  let left = resources
  for (const object of parsed.objects) left = applyStrategic(left, object, patch)
  return left
}

function shown({ text, path }: Patch): string {
  return path === '' ? `[patch: ${goJson(text)}]` : `[path: ${goJson(path)}]`
}

function parsePatch(patch: Patch): Parsed {
  const objects = strategicObjects(patch.text)
  const operations = jsonOperations(patch.text)
  if (objects !== undefined && operations !== undefined) {
    throw new CommandError(`illegally qualifies as both an SM and JSON patch: ${shown(patch)}`)
  }
  if (objects !== undefined) return { type: 'strategic', objects }
  if (operations !== undefined) return { type: 'json', operations }
  throw misconfigured(patch, `unable to parse SM or JSON patch from ${shown(patch)}`)
}

/** Says which patch it is. */
export function misconfigured(
  { path, text, target }: Pick<Patch, 'path' | 'text' | 'target'>,
  why: string,
): CommandError {
  const entry = {
    ...(path === '' ? { patch: text } : { path }),
    ...(target !== undefined && { target: nonEmpty(target) }),
  }
  return new CommandError(
    `trouble configuring builtin PatchTransformer with config: \`\n${formatYaml(entry, 'sorted')}\`: ${why}`,
  )
}

function nonEmpty(target: Target): Json {
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== ''))
}

function strategicObjects(text: string): readonly KubeObject[] | undefined {
  try {
    const documents = parseYaml12Documents(text)
    const objects = documents.filter(
      (one): one is KubeObject =>
        isMapping(one) && typeof one['kind'] === 'string' && isMapping(one['metadata']),
    )
    return objects.length > 0 && objects.length === documents.length ? objects : undefined
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

/** A text that begins with a bracket must be JSON. */
function jsonOperations(text: string): unknown {
  try {
    const value: unknown = text.trimStart().startsWith('[') ? JSON.parse(text) : parseYaml(text)
    const isPatch = Array.isArray(value) && value.every((one) => isMapping(one) && 'op' in one)
    return isPatch ? value : undefined
  } catch (error) {
    if (error instanceof YamlError || error instanceof SyntaxError) return undefined
    throw error
  }
}

function applyStrategic(
  resources: readonly Resource[],
  object: KubeObject,
  patch: Patch,
): readonly Resource[] {
  const targets =
    patch.target === undefined ? [unique(resources, object)] : selected(resources, patch.target)
  const deleted = targets.filter((resource) => !patched(resource, object, patch))
  return resources.filter((resource) => !deleted.includes(resource))
}

function unique(resources: readonly Resource[], object: KubeObject): Resource {
  const id = currentId(newResource(object))
  const found = resources.filter((resource) => allIds(resource).some((one) => sameId(one, id)))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const why =
    found.length === 0
      ? `no resource matches strategic merge patch ${goJson(idText(id))}: no matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`
      : `multiple matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`
  throw new CommandError(why)
}

/** False: the patch deletes the object. */
function patched(resource: Resource, object: KubeObject, patch: Patch): boolean {
  const before = currentId(resource)
  const { apiVersion = '', kind = '', metadata } = resource.object
  const name = schemaTypeOf(before.group, before.version, before.kind)
  const type = name === undefined ? undefined : typeSchema(name)
  const merged = mergeInto(resource.object, object, type)
  if (!isMapping(merged)) return false
  const next: KubeObject = merged
  if (!patch.allowKindChange) Object.assign(next, { apiVersion, kind })
  if (!patch.allowNameChange) keepName(next, metadata?.name, metadata?.namespace)
  else if (next.metadata?.name !== metadata?.name) rememberId(resource)
  resource.object = next
  return true
}

function keepName(
  object: KubeObject,
  name: string | undefined,
  namespace: string | undefined,
): void {
  const { namespace: _patched, ...rest } = object.metadata ?? {}
  object.metadata = {
    ...rest,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  }
}

function patchByJson(resource: Resource, operations: unknown): void {
  try {
    const before = currentId(resource)
    const next: KubeObject = applyJsonPatch(structuredClone(resource.object), operations)
    if (currentId(newResource(next)).name !== before.name) rememberId(resource)
    resource.object = next
  } catch (error) {
    if (error instanceof PatchError) throw new CommandError(error.message)
    throw error
  }
}

/** By patterns that must match the whole. Upstream: kustomize api/resmap/reswrangler.go, Select. */
export function selected(resources: readonly Resource[], target: Target): readonly Resource[] {
  const { labelSelector, annotationSelector } = target
  const labels = selectorOf(labelSelector)
  const annotations = selectorOf(annotationSelector)
  return resources.filter((resource) => {
    const { metadata = {} } = resource.object
    return (
      allIds(resource).some((id) => isMatched(id, target)) &&
      labels(metadata.labels ?? {}) &&
      annotations(metadata.annotations ?? {})
    )
  })
}

function isMatched(id: Id, target: Target): boolean {
  const parts = ['group', 'version', 'kind', 'name', 'namespace'] as const
  return parts.every((part) => {
    if (target[part] === '') return true
    const value = part === 'namespace' && id.namespace === '' ? 'default' : id[part]
    return new RegExp(`^(?:${target[part]})$`).test(value)
  })
}

function selectorOf(text: string): (values: Record<string, string>) => boolean {
  if (text === '') return () => true
  try {
    const selector = parseLabelSelector(text)
    return (values) => selector.matches(values)
  } catch (error) {
    if (error instanceof LabelSelectorError) throw new CommandError(error.message)
    throw error
  }
}
