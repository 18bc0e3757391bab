/** The terminal of this process, for commands that stream. */
import type { Terminal } from './io.ts'

export function processTerminal(): Terminal {
  const { stdin, stdout } = process
  return {
    stdin,
    stdinIsTty: stdin.isTTY,
    stdoutIsTty: stdout.isTTY,
    size: () => (stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined),
    onResize(listener) {
      stdout.on('resize', listener)
      return { [Symbol.dispose]: () => void stdout.off('resize', listener) }
    },
    raw() {
      if (stdin.isTTY) stdin.setRawMode(true)
      return {
        [Symbol.dispose]() {
          if (stdin.isTTY) stdin.setRawMode(false)
        },
      }
    },
  }
}
