/**
 * Every check, in order: types, lint, format, unit tests, our kubectl beside the real one, then the tests
 * that need root, then the end-to-end tests against a real cluster. What this machine cannot run is
 * listed with the reason; with CI=true that is a failure.
 *
 *   node tools/check.ts [types|lint|format|unit|parity|root|e2e ...]
 */
import { spawn } from 'node:child_process'
import { preflight } from '#cluster/local/preflight.ts'
import { root, sourceFiles } from './source-files.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
  /** Needs a machine that runs containers. */
  readonly containers?: boolean
  /** Runs after the step, however it ended. */
  readonly cleanUp?: readonly string[]
  readonly timeoutMs: number
}

const tests = sourceFiles().filter((path) => path.endsWith('.test.ts'))
const e2e = tests.filter((path) => path.startsWith('test/e2e/'))
const rooted = tests.filter((path) => path.endsWith('.root.test.ts') && !e2e.includes(path))
const parity = tests.filter((path) => path.startsWith('test/parity/'))
const unit = tests.filter((path) => ![...rooted, ...e2e, ...parity].includes(path))

const nodeTest = [
  'node',
  '--disable-warning=ExperimentalWarning',
  '--test',
  '--test-reporter=./tools/failures-reporter.ts',
]

const minute = 60_000
const steps: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', '.'], timeoutMs: 3 * minute },
  { name: 'lint', command: ['oxlint', '--deny-warnings'], timeoutMs: 3 * minute },
  { name: 'format', command: ['oxfmt', '--check', '.'], timeoutMs: minute },
  {
    name: 'unit',
    command: [...nodeTest, '--test-timeout=60000', ...unit],
    timeoutMs: 10 * minute,
  },
  {
    name: 'parity',
    command: [...nodeTest, '--test-concurrency=2', '--test-timeout=300000', ...parity],
    timeoutMs: 10 * minute,
  },
  {
    name: 'root',
    command: [...nodeTest, '--test-concurrency=1', '--test-timeout=120000', ...rooted],
    containers: true,
    timeoutMs: 8 * minute,
  },
  {
    name: 'e2e',
    command: [...nodeTest, '--test-concurrency=1', '--test-timeout=600000', ...e2e],
    containers: true,
    cleanUp: ['node', '--disable-warning=ExperimentalWarning', 'test/e2e/delete-cluster.ts'],
    timeoutMs: 20 * minute,
  },
]

const asked = process.argv.slice(2)
const missing = await preflight(process.env)
const leftOut: string[] = []
const failed: string[] = []
for (const step of steps) {
  if (asked.length > 0 && !asked.includes(step.name)) continue
  if (step.containers === true && missing.length > 0) {
    const why = missing.map(({ what, remedy }) => `no ${what} (${remedy})`).join('; ')
    leftOut.push(`${step.name}: this machine cannot run containers: ${why}`)
    continue
  }
  const started = performance.now()
  const passed = await run(step)
  const cleaned = step.cleanUp === undefined || (await run({ ...step, command: step.cleanUp }))
  const ok = passed && cleaned
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`\n${ok ? 'ok' : 'FAILED'} ${step.name} (${seconds} s)\n`)
  if (!ok) failed.push(step.name)
}
for (const line of leftOut) process.stdout.write(`left out ${line}\n`)
if (process.env['CI'] === 'true' && leftOut.length > 0) failed.push('left-out tests')
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0

function run(step: Step): Promise<boolean> {
  const [program = '', ...args] = step.command
  const env = {
    ...process.env,
    PATH: `${root}/node_modules/.bin:${process.env['PATH']}`,
    // Types are stripped once, not once a process.
    NODE_COMPILE_CACHE: `${root}/.cache/compile`,
  }
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env })
  const timer = setTimeout(() => {
    process.stdout.write(`\n${step.name} took longer than ${step.timeoutMs / minute} minutes\n`)
    child.kill('SIGTERM')
  }, step.timeoutMs)
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stdout.write(`${step.name}: ${error.message}\n`)
      resolve(false)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })
}
