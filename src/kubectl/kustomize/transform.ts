/** The transformers of a kustomization, in their order. Upstream: kustomize api/internal/target/kusttarget_configplugin.go. */
import { parseYaml } from '#api/yaml.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Kustomization, PatchEntry } from './kustomization.ts'
import { applyPatch, misconfigured } from './patches.ts'
import { applyReplacement } from './replacements.ts'
import type { Json } from '#kubectl/objects/info.ts'
import type { Resource } from './resource.ts'
import {
  addAffixes,
  addAnnotations,
  addLabels,
  setImages,
  setNamespace,
  setReplicas,
} from './transformers.ts'

export interface Surroundings {
  /** A file of the kustomization. */
  readonly read: (path: string) => string
  readonly configuredBy: (kind: string) => Json
}

type Step = readonly [kind: string, run: (all: readonly Resource[]) => readonly Resource[]]

export function transform(
  resources: readonly Resource[],
  kustomization: Kustomization,
  around: Surroundings,
): readonly Resource[] {
  let all = resources
  for (const [kind, run] of stepsOf(kustomization, around)) {
    all = run(all)
    for (const resource of all) resource.transformations.push(around.configuredBy(kind))
  }
  return all
}

function stepsOf(kustomization: Kustomization, { read }: Surroundings): readonly Step[] {
  const { namespace, namePrefix, nameSuffix, commonLabels, commonAnnotations } = kustomization
  const patched = (kind: string, entry: PatchEntry): Step => [
    kind,
    (all) => {
      const text = entry.path === '' ? entry.text : patchFile(entry, read)
      return applyPatch(all, { ...entry, text })
    },
  ]
  return [
    ...kustomization.patchesStrategicMerge.map((entry) =>
      patched('PatchTransformer', mergeEntry(entry)),
    ),
    ...kustomization.patches.map((entry) => patched('PatchTransformer', entry)),
    ...when(namespace !== '', 'NamespaceTransformer', (all) => setNamespace(all, namespace)),
    ...when(namePrefix !== '', 'PrefixTransformer', (all) =>
      addAffixes(all, { prefix: namePrefix }),
    ),
    ...when(nameSuffix !== '', 'SuffixTransformer', (all) =>
      addAffixes(all, { suffix: nameSuffix }),
    ),
    ...kustomization.labels.map((entry) =>
      changing('LabelTransformer', (all) => addLabels(all, entry)),
    ),
    ...when(Object.keys(commonLabels).length > 0, 'LabelTransformer', (all) =>
      addLabels(all, {
        pairs: commonLabels,
        includeSelectors: true,
        includeTemplates: false,
        fields: [],
      }),
    ),
    ...when(Object.keys(commonAnnotations).length > 0, 'AnnotationsTransformer', (all) =>
      addAnnotations(all, commonAnnotations),
    ),
    ...kustomization.patchesJson6902.map((entry) => patched('PatchJson6902Transformer', entry)),
    ...kustomization.replicas.map((replica) =>
      changing('ReplicaCountTransformer', (all) => setReplicas(all, replica)),
    ),
    ...kustomization.images.map((image) =>
      changing('ImageTagTransformer', (all) => setImages(all, image)),
    ),
    ...when(kustomization.replacements.length > 0, 'ReplacementTransformer', (all) =>
      replaceAll(all, kustomization.replacements, read),
    ),
  ]
}

function patchFile(entry: PatchEntry, read: (path: string) => string): string {
  try {
    return read(entry.path)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw misconfigured(
      entry,
      `failed to get the patch file from path(${entry.path}): ${error.message}`,
    )
  }
}

function changing(kind: string, change: (all: readonly Resource[]) => void): Step {
  return [
    kind,
    (all) => {
      change(all)
      return all
    },
  ]
}

function when(
  is: boolean,
  kind: string,
  change: (all: readonly Resource[]) => void,
): readonly Step[] {
  return is ? [changing(kind, change)] : []
}

/** A file, or the patch itself. */
function mergeEntry(entry: string): PatchEntry {
  const isText = entry.includes('\n') || /^\s*[{]/.test(entry)
  return {
    path: isText ? '' : entry,
    text: isText ? entry : '',
    target: undefined,
    allowNameChange: false,
    allowKindChange: false,
  }
}

function replaceAll(
  all: readonly Resource[],
  replacements: readonly Json[],
  read: (path: string) => string,
): void {
  for (const replacement of replacements) {
    for (const one of replacementsIn(replacement, read)) applyReplacement(all, one)
  }
}

/** Itself, or those of the file that it names. */
function replacementsIn(replacement: Json, read: (path: string) => string): readonly Json[] {
  const { path } = replacement
  if (typeof path !== 'string') return [replacement]
  const value = parseYaml(read(path))
  return (Array.isArray(value) ? value : [value]).filter(isMapping)
}
