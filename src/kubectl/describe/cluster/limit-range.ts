/** Upstream: describe.go, LimitRangeDescriber and DescribeLimitRanges. */
import type { LimitRange, LimitRangeItem } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { name, namespace } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { quantityText } from '#kubectl/describe/values.ts'

const header = 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n'
const dashes = '----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n'

export const limitRange = describer<LimitRange>({
  version: 'v1',
  events: false,
  sections: [
    name,
    namespace,
    (w, range) => {
      w.write(0, header)
      w.write(0, dashes)
      writeLimits(w, range, '')
    },
  ],
})

/** All ranges of a namespace, in one section. */
export function writeLimitRanges(w: PrefixWriter, ranges: readonly LimitRange[]): void {
  if (ranges.length === 0) {
    w.write(0, 'No LimitRange resource.\n')
    return
  }
  w.write(0, `Resource Limits\n ${header}`)
  w.write(0, ` ${dashes}`)
  for (const range of ranges) writeLimits(w, range, ' ')
}

function writeLimits(w: PrefixWriter, { spec }: LimitRange, indent: string): void {
  for (const item of spec?.limits ?? []) {
    for (const resource of resourcesOf(item)) {
      const cell = (list: Readonly<Record<string, string>> | undefined): string => {
        const quantity = list?.[resource]
        return quantity === undefined ? '-' : quantityText(quantity)
      }
      const { min, max, defaultRequest, default: defaults, maxLimitRequestRatio } = item
      const cells = [min, max, defaultRequest, defaults, maxLimitRequestRatio].map(cell)
      w.write(0, `${indent}${item.type}\t${resource}\t${cells.join('\t')}\n`)
    }
  }
}

/** Sorted; upstream has them in no order. */
function resourcesOf(item: LimitRangeItem): readonly string[] {
  const { max, min, default: defaults, defaultRequest, maxLimitRequestRatio } = item
  const names = [max, min, defaults, defaultRequest, maxLimitRequestRatio].flatMap((list) =>
    Object.keys(list ?? {}),
  )
  return [...new Set(names)].sort(compareBytes)
}
