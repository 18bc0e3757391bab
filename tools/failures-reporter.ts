/** A reporter for node:test that prints only failures, whole, and one closing line with the counts. */
import { inspect } from 'node:util'

interface TestEvent {
  readonly type: string
  readonly data: {
    readonly name?: string
    readonly file?: string
    readonly line?: number
    readonly skip?: string | boolean
    readonly counts?: { passed: number; failed: number; skipped: number }
    readonly details?: { readonly error?: Error & { cause?: unknown }; readonly type?: string }
    readonly message?: string
  }
}

async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0
  let failed = 0
  let skipped = 0
  for await (const { type, data } of source) {
    if (data.details?.type === 'suite') continue
    if (type === 'test:pass') {
      if (data.skip === undefined) passed++
      else {
        skipped++
        yield `skipped: ${data.name} (${String(data.skip)})\n`
      }
    } else if (type === 'test:fail') {
      failed++
      const error = data.details?.error
      const cause =
        error?.cause instanceof Error ? error.cause.stack : inspect(error?.cause ?? error)
      yield `\nFAILED ${data.name}\n  at ${data.file}:${data.line}\n${cause}\n`
    }
  }
  yield `\ntests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`
}

export default report
