/**
 * The multi-call program (the book's hyperkube): `k8ts PROGRAM …`. A program's modules are loaded only
 * when it is called, so that each starts as fast as if it were alone.
 */
import { fileURLToPath } from 'node:url'
import { klog } from '#base/klog.ts'
import { systemClock } from '#base/system-clock.ts'
import type { Program, World } from './program.ts'

const programs: Readonly<Record<string, Program>> = {
  kubectl: {
    summary: 'ask and change a cluster',
    load: async () => (await import('./kubectl.ts')).main,
  },
  minikube: {
    summary: 'start, stop and look at a cluster on this machine',
    load: async () => (await import('./minikube.ts')).main,
  },
  'first-container': {
    summary: "start a cluster and run the book's first container",
    load: async () => (await import('./first-container.ts')).main,
  },
  'control-plane': {
    summary: 'API server, controllers and scheduler in one process',
    load: async () => (await import('./control-plane.ts')).main,
  },
  node: {
    summary: 'kubelet, kube-proxy and cluster DNS in one process',
    load: async () => (await import('./node.ts')).main,
  },
  storage: {
    summary: 'copy what a cluster has stored: snapshot, restore, migrate',
    load: async () => (await import('./storage.ts')).main,
  },
  'kube-apiserver': {
    summary: 'the API server alone',
    load: async () => (await import('./kube-apiserver.ts')).main,
  },
  'kube-controller-manager': {
    summary: 'the controllers alone',
    load: async () => (await import('./kube-controller-manager.ts')).main,
  },
  'kube-scheduler': {
    summary: 'the scheduler alone',
    load: async () => (await import('./kube-scheduler.ts')).main,
  },
  kubelet: {
    summary: "a node's kubelet alone",
    load: async () => (await import('./kubelet.ts')).main,
  },
  'kube-proxy': {
    summary: "a node's kube-proxy alone",
    load: async () => (await import('./kube-proxy.ts')).main,
  },
}

/** Names that upstream or the book use for the multi-call program itself. */
const aliases = new Set(['hyperkube', 'k8ts'])

async function main(): Promise<number> {
  let argv = process.argv.slice(2)
  while (argv[0] !== undefined && aliases.has(argv[0])) argv = argv.slice(1)
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage())
    return name === undefined ? 1 : 0
  }
  const program = programs[name]
  if (program === undefined) {
    process.stderr.write(`k8ts: unknown program "${name}"\n\n${usage()}`)
    return 1
  }
  const run = await program.load()
  return run(world(rest))
}

function world(argv: readonly string[]): World {
  const stopping = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort())
  const stderr = (text: string): void => void process.stderr.write(text)
  return {
    argv,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    log: (verbosity) => klog({ clock: systemClock, verbosity, write: stderr }),
    signal: stopping.signal,
    stdout: (text) => void process.stdout.write(text),
    stderr,
    installation: fileURLToPath(new URL('../..', import.meta.url)),
    self: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(programs).map((name) => name.length)) + 3
  const rows = Object.entries(programs).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}${summary}\n`,
  )
  return `k8ts: Kubernetes, whole, in TypeScript\n\nUsage:\n  k8ts PROGRAM [flags]\n\nPrograms:\n${rows.join('')}`
}

process.exitCode = await main().catch((error: unknown) => {
  const expected =
    error instanceof Error && (error.name === 'UsageError' || error.name === 'UserError')
  const text =
    error instanceof Error
      ? expected
        ? error.message
        : (error.stack ?? error.message)
      : String(error)
  process.stderr.write(`${expected ? 'Error: ' : ''}${text}\n`)
  return 1
})
