/** Upstream: describe.go, ResourceQuotaDescriber and DescribeResourceQuotas. */
import type { ResourceQuota } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { formatQuantity, parseQuantity, wholeUnits } from '#api/meta/quantity.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { name, namespace, sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { quantityText } from '#kubectl/describe/values.ts'

const scopeTexts: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

export const resourceQuota = describer<ResourceQuota>({
  version: 'v1',
  events: false,
  sections: [
    name,
    namespace,
    (w, quota) => writeScopes(w, quota, { level: 0, indent: ' ' }),
    (w, { status }) => {
      w.write(0, 'Resource\tUsed\tHard\n')
      w.write(0, '--------\t----\t----\n')
      for (const resource of sortedKeys(status?.hard)) {
        const hard = status?.hard?.[resource] ?? '0'
        const used = inFormatOf(hard, status?.used?.[resource] ?? '0')
        w.write(0, `${resource}\t${used}\t${quantityText(hard)}\n`)
      }
    },
  ],
})

/** All quotas of a namespace, in one section. */
export function writeQuotas(w: PrefixWriter, quotas: readonly ResourceQuota[]): void {
  if (quotas.length === 0) {
    w.write(0, 'No resource quota.\n')
    return
  }
  w.write(0, 'Resource Quotas\n')
  const sorted = quotas.toSorted((a, b) => compareBytes(a.metadata.name, b.metadata.name))
  for (const quota of sorted) {
    const { metadata, status } = quota
    w.write(1, `Name:\t${metadata.name}\n`)
    writeScopes(w, quota, { level: 1, indent: '' })
    w.write(1, 'Resource\tUsed\tHard\n')
    w.write(1, '--------\t---\t---\n')
    for (const resource of sortedKeys(status?.hard)) {
      const used = quantityText(status?.used?.[resource])
      w.write(1, `${resource}\t${used}\t${quantityText(status?.hard?.[resource])}\n`)
    }
  }
}

function writeScopes(
  w: PrefixWriter,
  { spec }: ResourceQuota,
  { level, indent }: { readonly level: number; readonly indent: string },
): void {
  const scopes = (spec?.scopes ?? []).toSorted(compareBytes)
  if (scopes.length === 0) return
  w.write(level, `Scopes:\t${scopes.join(', ')}\n`)
  for (const scope of scopes) {
    const text = scopeTexts[scope]
    if (text !== undefined) w.write(level, `${indent}* ${text}\n`)
  }
}

/** What is used, in the unit in which the limit is given. */
function inFormatOf(hard: string, used: string): string {
  const { format } = parseQuantity(hard)
  if (format === parseQuantity(used).format) return quantityText(used)
  return formatQuantity({ unscaled: wholeUnits(used), exponent: 0, format })
}
