/** Keys that leave an attached container. Upstream: moby/term ascii.go, proxy.go. */
import { Transform } from 'node:stream'
import { CommandError } from '#kubectl/errors.ts'

/** The control key of each code. */
const controls = '@abcdefghijklmnopqrstuvwxyz[\\]^_'

/** `ctrl-p,ctrl-q` as bytes. */
export function detachSequence(keys: string): Buffer {
  return Buffer.from(
    keys.split(',').flatMap((key) => {
      if (Buffer.byteLength(key) === 1) return [...Buffer.from(key)]
      if (key === 'DEL') return [127]
      const code = /^ctrl-.$/.test(key) ? controls.indexOf(key.slice(-1)) : -1
      if (code < 0) {
        throw new CommandError(`could not bind detach keys: Unknown character: '${key}'`)
      }
      return [code]
    }),
  )
}

/** Passes what is typed until the whole sequence is; part of one is passed when something else follows. */
export function detachable(input: NodeJS.ReadableStream, sequence: Buffer): NodeJS.ReadableStream {
  let matched = 0
  const escape = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passed: number[] = []
      for (const byte of chunk) {
        if (byte === sequence[matched]) {
          matched += 1
          if (matched < sequence.length) continue
          this.push(Buffer.from(passed))
          this.push(null)
          input.unpipe(escape)
          return done()
        }
        passed.push(...sequence.subarray(0, matched))
        matched = byte === sequence[0] ? 1 : 0
        if (matched === 0) passed.push(byte)
      }
      done(null, Buffer.from(passed))
    },
    flush: (done) => done(null, sequence.subarray(0, matched)),
  })
  return input.pipe(escape)
}
