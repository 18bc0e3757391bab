/** The terminal of this process, for commands that stream. */
import { spawnSync } from 'node:child_process'
import { isatty } from 'node:tty'
import type { Terminal } from './io.ts'

export function processTerminal(): Terminal {
  const { stdin } = process
  // Asking for `process.stdout` makes a pipe non-blocking, and what writes it here must block.
  const stdoutIsTty = isatty(1)
  return {
    stdin,
    stdinIsTty: stdin.isTTY,
    stdoutIsTty,
    size: () =>
      stdoutIsTty ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined,
    onResize(listener) {
      if (!stdoutIsTty) return { [Symbol.dispose]: () => undefined }
      process.stdout.on('resize', listener)
      return { [Symbol.dispose]: () => void process.stdout.off('resize', listener) }
    },
    raw() {
      if (stdin.isTTY) {
        stdin.setRawMode(true)
        // Node's raw mode goes on turning \n into \r\n, which the other terminal has done already.
        spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] })
      }
      return {
        [Symbol.dispose]() {
          if (stdin.isTTY) stdin.setRawMode(false)
        },
      }
    },
  }
}
