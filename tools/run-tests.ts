/**
 * Runs test files a dozen to a process, as many processes as there are processors: a process a file would
 * spend most of its time on reading the same modules, one process for all would be too long at it for
 * tests that have begun to listen. Prints failures whole and one closing line; exits with 1 if any failed.
 *
 *   node tools/run-tests.ts TIMEOUT-MS FILE...
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { root } from './source-files.ts'

const filesInProcess = 12
const closingLine = /^tests: (\d+) passed, (\d+) failed, (\d+) skipped$/m

const [timeoutMs = '60000', ...files] = process.argv.slice(2)
const sum = [0, 0, 0]
const batches = Array.from({ length: Math.ceil(files.length / filesInProcess) }, (_, i) =>
  files.slice(i * filesInProcess, (i + 1) * filesInProcess),
)
let isBroken = false

async function work(): Promise<void> {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const { output, code } = await run(batch)
    const counts = closingLine.exec(output)
    counts?.slice(1).forEach((count, i) => (sum[i] = (sum[i] ?? 0) + Number(count)))
    const text = output.replace(closingLine, '').trim()
    if (text !== '') process.stdout.write(`\n${text}\n`)
    if (counts !== null && code === 0) continue
    isBroken = true
    if (counts === null)
      process.stdout.write(`\nended with ${code} before its end: ${batch.join(' ')}\n`)
  }
}

function run(batch: readonly string[]): Promise<{ output: string; code: number | null }> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-isolation=none',
    '--test-reporter=./tools/failures-reporter.ts',
    `--test-timeout=${timeoutMs}`,
    ...batch,
  ]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ output, code })))
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
const [passed, failed, skipped] = sum
process.stdout.write(`\ntests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`)
process.exitCode = isBroken || failed !== 0 ? 1 : 0
