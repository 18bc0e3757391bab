/** Upstream: kubectl pkg/util/storage, GetAccessModesAsString. */

const short = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
} as const

/** `RWO,ROX`: in this order, each once. */
export function accessModesText(modes: readonly string[] = []): string {
  return Object.entries(short)
    .filter(([mode]) => modes.includes(mode))
    .map(([, text]) => text)
    .join(',')
}
