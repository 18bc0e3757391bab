/** What is said of a deleted object. Upstream: kubectl pkg/cmd/delete/delete.go, PrintObj. */
import { dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import type { Info } from '#kubectl/objects/info.ts'
import type { DeleteOptions } from '#kubectl/objects/write.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'

export function deletedText(
  { mapping, name, namespace }: Pick<Info, 'mapping' | 'name' | 'namespace'>,
  { dryRun = 'none', gracePeriodSeconds }: DeleteOptions,
): string {
  const kind = qualifiedKind(mapping.kind, mapping.group)
  const how = gracePeriodSeconds === 0 ? 'force deleted' : 'deleted'
  const where = mapping.namespaced ? ` from ${namespace} namespace` : ''
  return `${kind} ${JSON.stringify(name)} ${how}${where}${dryRunSuffix(dryRun)}\n`
}
