/** kubectl as a program: what its commands may touch of this process. */
import { readFileSync, writeSync } from 'node:fs'
import { runKubectl } from '#kubectl/main.ts'
import type { Io } from '#kubectl/io.ts'
import { goArchitecture } from '#api/version.ts'
import type { Main, World } from './program.ts'

export const main: Main = async (world) => {
  const code = await runKubectl(world.argv, ioOf(world))
  // Sockets that a command left open must not keep it.
  process.exit(code)
}

function ioOf({ env, clock, random, signal }: World): Io {
  let holds = 0
  // An interrupted command ends as one that the signal killed, unless it streams and ends by itself.
  signal.addEventListener('abort', () => void (holds === 0 && process.exit(130)), { once: true })
  return {
    env,
    cwd: process.cwd(),
    clock,
    random,
    signal,
    pid: process.pid,
    platform: `${process.platform}/${goArchitecture(process.arch)}`,
    stdout: (text) => writeAll(1, text),
    stderr: (text) => writeAll(2, text),
    readStdin: async () => readFileSync(0, 'utf8'),
    holdInterrupts() {
      holds += 1
      return { [Symbol.dispose]: () => void (holds -= 1) }
    },
    terminal: async () => (await import('#kubectl/terminal.ts')).processTerminal(),
  }
}

/** All of it before it returns; a reader that is gone ends the program, as SIGPIPE does in Go. */
function writeAll(fd: 1 | 2, text: string | Uint8Array): void {
  let rest: Uint8Array = typeof text === 'string' ? Buffer.from(text) : text
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') continue
      if (code === 'EPIPE') process.exit(141)
      throw error
    }
  }
}
