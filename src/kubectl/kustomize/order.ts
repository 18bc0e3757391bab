/** In which order objects come out. Upstream: kustomize api/internal/builtins/SortOrderTransformer.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { currentId } from './resource.ts'
import type { Id, Resource } from './resource.ts'

const standardFirst = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const standardLast = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

export interface KindOrder {
  readonly first: readonly string[]
  readonly last: readonly string[]
}

/** What others need first; then by kind and name. */
export function sorted(
  resources: readonly Resource[],
  { first, last }: KindOrder = { first: standardFirst, last: standardLast },
): readonly Resource[] {
  const rank = ({ kind }: Id): number => {
    if (first.includes(kind)) return first.indexOf(kind) - first.length
    return last.includes(kind) ? last.indexOf(kind) + 1 : 0
  }
  return resources.toSorted((one, other) => {
    const a = currentId(one)
    const b = currentId(other)
    return (
      rank(a) - rank(b) ||
      compareBytes(kindText(a), kindText(b)) ||
      compareBytes(nameText(a), nameText(b))
    )
  })
}

function kindText({ group, version, kind }: Id): string {
  return `${group === '' ? '~G' : group}_${version === '' ? '~V' : version}_${kind === '' ? '~K' : kind}`
}

function nameText({ namespace, name }: Id): string {
  return `${namespace === '' ? '~X' : namespace}|${name === '' ? '~N' : name}`
}
