/** One of two equal clusters, and a kubectl to drive it: the real one, or ours in this process. */
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatYaml } from '#api/yaml.ts'
import type { Clock } from '#base/clock.ts'
import { systemClock } from '#base/system-clock.ts'
import { buildKubeconfig, embeddedEntry } from '#bootstrap/kubeconfig/kubeconfig.ts'
import type { Io } from '#kubectl/io.ts'
import { runKubectl } from '#kubectl/main.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import type { TestApiServer } from '#testing/api-server.ts'
import { realClients, run } from '../e2e/kubectl.ts'
import type { Result } from '../e2e/kubectl.ts'
import { masked } from './mask.ts'
import { populate } from './populate.ts'

export const testdata = fileURLToPath(new URL('testdata', import.meta.url))

/** The first objects are as old as this, so that an age is the same on both sides. */
const ageMs = 30 * 60 * 60 * 1000

export interface Side extends AsyncDisposable {
  run(argv: readonly string[], given: Given): Promise<SideResult>
}

interface Given {
  readonly input: string
  readonly env: Readonly<Record<string, string>>
}

export interface SideResult extends Result {
  /** What `testdata/edit.sh` was shown. */
  readonly edited?: string
}

export async function startSide(which: 'real' | 'ours'): Promise<Side> {
  await using started = new AsyncDisposableStack()
  let lateMs = ageMs
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() - lateMs }
  const server = started.use(await startTestApiServer({ clock }))
  await populate(server.server.transport(master))
  lateMs = 0
  const home = await mkdtemp(join(tmpdir(), `kubectl-${which}-`))
  await writeKubeconfig(home, server)
  const env = environment(home)
  started.defer(() => rm(home, { recursive: true }))
  const program = join(await realClients('36'), 'kubectl', 'kubectl')
  const owned = started.move()
  return {
    async run(argv, { input, env: more }) {
      const all = { ...env, ...placed(more) }
      const result =
        which === 'real'
          ? await run(program, argv, { input, env: all, cwd: testdata })
          : await runOurs(argv, input, all)
      return maskedResult({ ...result, ...(await editedText(home)) }, home)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function environment(home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    KUBECONFIG: join(home, 'kubeconfig'),
    PATH: join(home, 'bin'),
    TZ: 'UTC',
    TMPDIR: home,
    SHELL: '/bin/sh',
    KUBE_EDITOR: '',
    EDITOR: '',
  }
}

/** `$PWD` is the folder of the test data, in which commands run. */
function placed(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(env)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.replaceAll('$PWD', testdata)]),
  )
}

/** All that the editor was shown since the last look. */
async function editedText(home: string): Promise<{ readonly edited?: string }> {
  const path = join(home, 'seen')
  const edited = await readFile(path, 'utf8').catch(() => undefined)
  if (edited === undefined) return {}
  await rm(path)
  return { edited }
}

async function writeKubeconfig(home: string, { server, pki }: TestApiServer): Promise<void> {
  const names = { clusterName: 'test', userName: 'admin', contextName: 'test' }
  const url = `https://127.0.0.1:${server.port}`
  const entry = embeddedEntry(names, { url, ca: pki.ca.certificate }, pki.admin)
  await mkdir(join(home, 'bin'))
  await writeFile(join(home, 'kubeconfig'), formatYaml(buildKubeconfig(entry)))
}

function maskedResult({ code, stdout, stderr, edited }: SideResult, home: string): SideResult {
  const places = [[home, 'HOME']] as const
  return {
    code,
    stdout: masked(stdout, places),
    stderr: masked(stderr, places),
    ...(edited !== undefined && { edited: masked(edited, places) }),
  }
}

async function runOurs(
  argv: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
): Promise<Result> {
  let stdout = ''
  let stderr = ''
  const io: Io = {
    env,
    cwd: testdata,
    clock: systemClock,
    random: Math.random,
    signal: new AbortController().signal,
    pid: process.pid,
    platform: 'linux/amd64',
    stdout: (text) =>
      void (stdout += typeof text === 'string' ? text : Buffer.from(text).toString()),
    stderr: (text) => void (stderr += text),
    readStdin: async () => input,
    terminal: () => Promise.reject(new Error('there is no terminal')),
  }
  const code = await runKubectl(argv, io)
  return { code, stdout, stderr }
}
