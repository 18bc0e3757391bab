/** Upstream: describe.go, NamespaceDescriber. */
import type { LimitRange, Namespace, ResourceQuota } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { dateText } from '#kubectl/describe/time-text.ts'
import { writeLimitRanges } from './limit-range.ts'
import { writeQuotas } from './resource-quota.ts'

/** Absent where the server knows no such kind. */
interface Limits {
  readonly quotas: readonly ResourceQuota[] | undefined
  readonly ranges: readonly LimitRange[] | undefined
}

export const namespaceDescriber = describer<Namespace, Limits>({
  version: 'v1',
  events: false,
  related: async ({ metadata }, reader) => ({
    quotas: await listIfServed<ResourceQuota>(reader, 'resourcequotas', metadata.name),
    ranges: await listIfServed<LimitRange>(reader, 'limitranges', metadata.name),
  }),
  sections: [
    ...clusterHeading,
    ['Status', ({ status }) => status?.phase ?? ''],
    writeConditions,
    (w, _object, { related: { quotas, ranges } }) => {
      if (quotas !== undefined) {
        w.write(0, '\n')
        writeQuotas(w, quotas)
      }
      if (ranges !== undefined) {
        w.write(0, '\n')
        writeLimitRanges(w, ranges)
      }
    },
  ],
})

async function listIfServed<T>(
  reader: Reader,
  resource: string,
  namespace: string,
): Promise<readonly T[] | undefined> {
  try {
    return await reader.list<T>({ resource, namespace })
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined
    throw error
  }
}

function writeConditions(w: PrefixWriter, { status }: Namespace): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n')
  const rows = conditions.map((condition) => {
    const { type, status: is, lastTransitionTime, reason = '', message = '' } = condition
    return [type, is, dateText(lastTransitionTime), reason, message]
  })
  writeTable(w, 1, [['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'], ...rows])
}
