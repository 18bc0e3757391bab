/**
 * The same command lines by the real kubectl 1.36 and by ours, each against a cluster of its own that holds
 * the same objects: standard output, standard error and exit code must be equal. Lines of one file run in
 * order, so that a line sees what those before it did. The files are shared out among the parts, which are
 * processes of their own: two keep two processors busy.
 *
 *   KUBECTL_LINES=get.txt node --test test/parity/part-*.test.ts
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { lineFiles, needsNode, readLines } from './lines.ts'
import type { Line } from './lines.ts'
import { startSide, testdata } from './side.ts'
import type { Side } from './side.ts'

const parts = 3

/** Declares the tests of every third file of lines, or of the one that was asked for. */
export function compareLines(part: 1 | 2 | 3): void {
  const asked = process.env['KUBECTL_LINES']
  process.chdir(testdata)
  const files = lineFiles().filter((name, index) =>
    asked === undefined ? index % parts === part - 1 : part === 1 && name === asked,
  )
  describe(`the real kubectl and ours, part ${part}`, { concurrency: 2, timeout: 900_000 }, () => {
    for (const file of files) {
      test(`the lines of ${file}`, { timeout: 600_000 }, async (t) => {
        const withNode = needsNode(file)
        await using real = await startSide('real', { withNode })
        await using ours = await startSide('ours', { withNode })
        for (const line of readLines(file)) {
          await t.test(line.text, () => compare(line, { real, ours }))
        }
      })
    }
  })
}

async function compare(
  line: Line,
  { real, ours }: { readonly real: Side; readonly ours: Side },
): Promise<void> {
  const input = line.input === undefined ? '' : readFileSync(join(testdata, line.input), 'utf8')
  const [expected, actual] = await Promise.all([
    real.run(line.argv, { input, env: line.env }),
    ours.run(line.argv, { input, env: line.env }),
  ])
  if (line.differs === undefined) assert.deepEqual(actual, expected)
  else assert.notDeepEqual(actual, expected, 'they do not differ any more: take the mark away')
}
