/** Two folders of files, one an object, for a program to compare. Upstream: kubectl pkg/cmd/diff/diff.go, Differ. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatYamlValue } from '#api/yaml-format.ts'
import type { Io } from '#kubectl/io.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { MaskedVersions, Versions } from './masked.ts'

export class DiffFolders implements Disposable {
  readonly live: string
  readonly merged: string

  constructor({ env }: Io) {
    const parent = (env['TMPDIR'] ?? '') === '' ? '/tmp' : (env['TMPDIR'] ?? '')
    this.live = mkdtempSync(join(parent, 'LIVE-'))
    this.merged = mkdtempSync(join(parent, 'MERGED-'))
  }

  /** A version that is not there is an empty file. */
  write(name: string, { live, merged }: Versions | MaskedVersions): void {
    writeVersion(join(this.live, name), live)
    writeVersion(join(this.merged, name), merged)
  }

  /** Nothing of it is left: it has no file at all among the merged. */
  writeGone(name: string, live: KubeObject): void {
    writeVersion(join(this.live, name), live)
  }

  [Symbol.dispose](): void {
    for (const folder of [this.live, this.merged]) rmSync(folder, { recursive: true, force: true })
  }
}

function writeVersion(path: string, object: KubeObject | null | undefined): void {
  const text = object === undefined ? '' : formatYamlValue(object, 'sorted')
  writeFileSync(path, text, { mode: 0o700 })
}
