/** `cluster-info dump` into a folder: the same files by the real kubectl and by ours. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { masked } from './mask.ts'
import { startSide } from './side.ts'
import type { Side } from './side.ts'

interface Dumped {
  readonly code: number
  readonly stdout: string
  /** By path below the folder. */
  readonly files: Readonly<Record<string, string>>
}

async function dump(side: Side, flags: readonly string[]): Promise<Dumped> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-dump-'))
  try {
    const at = `--output-directory=${join(folder, 'deep', 'er')}`
    const { code, stdout } = await side.run(['cluster-info', 'dump', at, ...flags], {
      input: '',
      env: {},
    })
    const places = [[folder, 'FOLDER']] as const
    const files: Record<string, string> = {}
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      files[path.slice(folder.length)] = masked(await readFile(path, 'utf8'), places)
    }
    return { code, stdout: masked(stdout, places), files }
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('cluster-info dump --output-directory', { timeout: 120_000 }, () => {
  for (const flags of [
    ['--namespaces', 'shop'],
    ['--namespaces', 'live', '-o', 'yaml'],
    ['-n', 'lab', '-o', 'jsonpath={.kind}'],
  ]) {
    test(flags.join(' '), async () => {
      // Only the node of `live` can be reached: for others it would take long to see that they cannot.
      const withNode = flags.includes('live')
      await using real = await startSide('real', { withNode })
      await using ours = await startSide('ours', { withNode })
      const [expected, actual] = await Promise.all([dump(real, flags), dump(ours, flags)])
      assert.ok(Object.keys(expected.files).length > 10)
      assert.deepEqual(actual, expected)
    })
  }
})
