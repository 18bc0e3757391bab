/**
 * `npm run bench [start|idle|api|large|pods|schedule ...]`: measures a real cluster on this machine and prints
 * one table beside the bars. The API and scheduler figures come from the bench clients in ../shared/bench,
 * which run against any API server; without them those rows are not measured.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { realClients, run } from '../e2e/kubectl.ts'
import { clusterProcesses, total } from './processes.ts'
import { table, type RowName } from './rows.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const clients = join(root, '..', 'shared', 'bench')
const profile = 'bench'
const home = '/tmp/k8ts-bench'
const kubeconfig = join(home, '.kube', 'config')
const env = { HOME: home, KUBECONFIG: kubeconfig, MINIKUBE_HOME: join(home, '.minikube') }
const idleSeconds = 60
const asked = process.argv.slice(2)
const measured = new Map<RowName, number>()

const wants = (part: string): boolean => asked.length === 0 || asked.includes(part)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

mkdirSync(home, { recursive: true })
try {
  await start()
  if (wants('idle')) await idle()
  if (wants('pods')) await pods()
  if (wants('schedule')) await schedule()
  if (wants('api')) await api()
  if (wants('large')) await large()
} finally {
  await minikube(['delete'])
}
say(`\n${table(measured)}`)

async function minikube(args: readonly string[]): Promise<string> {
  const result = await run(join(root, 'bin', 'minikube'), [...args, '-p', profile], {
    env,
    timeoutMs: 180_000,
  })
  if (result.code !== 0) throw new Error(`minikube ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** Cold: no state of the profile, but packages, images and the compile cache are there. */
async function start(): Promise<void> {
  await minikube(['start'])
  const state = `/var/lib/k8ts/${profile}`
  const registry = existsSync(`${state}/registry`)
  await minikube(['stop'])
  // The registry's images stay: building them is no part of a cluster's start.
  await run('sh', [
    '-c',
    `cd ${state} && rm -rf registry.sqlite* kubelet pki kubeconfigs cni manifests`,
  ])
  const started = performance.now()
  const child = spawn(join(root, 'bin', 'minikube'), ['start', '-p', profile, '--wait=all'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  const apiReady = await portAnswers(8443)
  measured.set('apiReady', (apiReady - started) / 1000)
  await new Promise((resolve) => child.once('close', resolve))
  await run(
    'sh',
    [
      '-c',
      'until dig +short +time=1 +tries=1 @10.96.0.10 kubernetes.default.svc.cluster.local | grep -q 10.96.0.1; do sleep 0.02; done',
    ],
    { timeoutMs: 60_000 },
  )
  measured.set('nodeReady', (performance.now() - started) / 1000)
  say(`started; registry on this machine: ${registry}`)
}

/** Resolves with the time at which /readyz said yes. */
async function portAnswers(port: number): Promise<number> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (
      open &&
      (
        await run('curl', [
          '-sk',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          `https://127.0.0.1:${port}/readyz`,
        ])
      ).stdout === '200'
    ) {
      return performance.now()
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function idle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 15_000))
  const processes = [...clusterProcesses(profile)].filter(
    ([, line]) => !line.includes('docker-registry'),
  )
  const pids = processes.map(([pid]) => pid)
  const before = total(pids)
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000))
  const after = total(pids)
  measured.set('idleCpu', ((after.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100)
  measured.set('idleMemory', after.residentBytes / 1e6)
}

async function pods(): Promise<void> {
  const kubectl = join(await realClients('36'), 'kubectl', 'kubectl')
  const image = 'docker.io/library/busybox:latest'
  await run(kubectl, ['run', 'warm', `--image=${image}`, '--restart=Never', '--', 'sleep', '1'], {
    env,
  })
  await run(
    kubectl,
    ['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/warm', '--timeout=60s'],
    { env },
  )
  await run(kubectl, ['delete', 'pod', 'warm'], { env })
  const started = await shared('pod-start.sh', [kubectl])
  const times = [...started.matchAll(/ (\d+) ms/g)]
    .map((match) => Number(match[1]))
    .sort((a, b) => a - b)
  setFrom('podStart', times[Math.floor(times.length / 2)], 1000)
  const scaled = await shared('scale.sh', [kubectl, image])
  setFrom('scaleUp', Number(/Ready (\d+) ms/.exec(scaled)?.[1]), 1000)
  setFrom('scaleDown', Number(/gone (\d+) ms/.exec(scaled)?.[1]), 1000)
}

async function schedule(): Promise<void> {
  for (const [name, nodes] of [
    ['schedule', 100],
    ['scheduleLarge', 5000],
  ] as const) {
    const text = await shared('scheduler.mts', [kubeconfig], { NODES: String(nodes) })
    setFrom(name, Number(/"pods_per_s":(\d+)/.exec(text)?.[1]), 1)
  }
}

async function api(): Promise<void> {
  await longestPauseMs()
  const found = figures(await shared('api.mts', [kubeconfig]))
  measured.set('pause', await longestPauseMs())
  setFrom('create', found('create pod', '_s'), 1)
  setFrom('createP99', found('create pod', 'p99_ms'), 1)
  setFrom('get', found('get pod', '_s'), 1)
  setFrom('getP99', found('get pod', 'p99_ms'), 1)
  setFrom('patch', found('strategic patch', '_s'), 1)
  setFrom('patchP99', found('strategic patch', 'p99_ms'), 1)
  setFrom('delete', found('delete pod', '_s'), 1)
  setFrom('list', found('list \\d+ pods rv=0', '_s'), 1)
  setFrom('watch', found('watch fan-out', '_s'), 1)
  setFrom('watchP99', found('watch fan-out', 'p99_ms'), 1)
  const ours = [...clusterProcesses(profile)].filter(
    ([, line]) => / (?:control-plane|node) --/.test(line) && !line.startsWith('/bin/sh'),
  )
  measured.set('memoryAfter', total(ours.map(([pid]) => pid)).residentBytes / 1e6)
}

/** Ten thousand pods, listed whole and in pages; then a thousand watchers. */
async function large(): Promise<void> {
  const kubectl = join(await realClients('36'), 'kubectl', 'kubectl')
  await longestPauseMs()
  const lists = figures(await shared('api.mts', [kubeconfig, 'create', 'list'], { N: '10000' }))
  await run(kubectl, ['get', 'pods', '-A', '--chunk-size=500'], { env })
  setFrom('listMany', lists('list \\d+ pods rv=0', '_s'), 1)
  const watches = figures(await shared('api.mts', [kubeconfig, 'watch'], { W: '1000' }))
  setFrom('watchMany', watches('watch fan-out', '_s'), 1)
  measured.set('pauseMany', await longestPauseMs())
}

/** A figure of the bench client's line with this label; NaN: it has printed none. */
function figures(text: string): (label: string, what: '_s' | 'p99_ms') => number {
  return (label, what) =>
    Number(new RegExp(`"label":"${label}[^}]*?${what}":([\\d.]+)`).exec(text)?.[1])
}

/** Of the API server's event loop, since the last time that this was asked. */
async function longestPauseMs(): Promise<number> {
  const kubectl = join(await realClients('36'), 'kubectl', 'kubectl')
  const { stdout } = await run(kubectl, ['get', '--raw', '/metrics'], { env })
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(stdout)?.[1]) * 1000
}

function setFrom(name: RowName, value: number | undefined, divisor: number): void {
  if (value !== undefined && Number.isFinite(value)) measured.set(name, value / divisor)
}

/** Runs a bench client; its output is '' where it is not at hand. */
async function shared(
  name: string,
  args: readonly string[],
  extra: Record<string, string> = {},
): Promise<string> {
  const path = join(clients, name)
  if (!existsSync(path)) return ''
  const program = name.endsWith('.sh') ? 'bash' : process.execPath
  const result = await run(program, [path, ...args], {
    env: { ...env, ...extra },
    timeoutMs: 300_000,
  })
  say(`${name}: ${result.stdout.trim()}${result.stderr.trim()}`)
  return result.stdout
}
