/** Upstream: describe.go, describeVolumes. */
import type { Volume } from '#api/core/v1.gen.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { writeSource } from './source.ts'
import { volumeSources } from './volume-sources.ts'

export function writeVolumes(w: PrefixWriter, volumes: readonly Volume[] = [], indent = ''): void {
  w.write(0, volumes.length === 0 ? `${indent}Volumes:\t<none>\n` : `${indent}Volumes:\n`)
  for (const volume of volumes) {
    w.write(1, `${indent === '' ? '' : ' '}${volume.name}:\n`)
    writeSource(w, volumeSources, volume)
  }
}
