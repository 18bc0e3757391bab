/** One of two equal clusters, and a kubectl to drive it: the real one, or ours in this process. */
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { formatYaml } from '#api/yaml.ts'
import type { Clock } from '#base/clock.ts'
import { systemClock } from '#base/system-clock.ts'
import { buildKubeconfig, embeddedEntry } from '#bootstrap/kubeconfig/kubeconfig.ts'
import type { Io, Terminal } from '#kubectl/io.ts'
import { runKubectl } from '#kubectl/main.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import type { TestApiServer } from '#testing/api-server.ts'
import { startFakeKubelet } from '#testing/kubelet.ts'
import { realClients, run } from '../e2e/kubectl.ts'
import type { Result } from '../e2e/kubectl.ts'
import { masked } from './mask.ts'
import { populateNode } from './populate-node.ts'
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

export interface SideOptions {
  /** Pods of a node whose kubelet answers: {@link populateNode}. */
  readonly withNode: boolean
}

export async function startSide(which: 'real' | 'ours', options: SideOptions): Promise<Side> {
  await using started = new AsyncDisposableStack()
  let lateMs = ageMs
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() - lateMs }
  const server = started.use(await startTestApiServer({ clock }))
  await populate(server.server.transport(master))
  const home = await mkdtemp(join(tmpdir(), `kubectl-${which}-`))
  if (options.withNode) await addNode(started, server, home)
  await writeKubeconfig(home, server)
  lateMs = 0
  const env = environment(home)
  started.defer(() => rm(home, { recursive: true }))
  const program = join(await realClients('36'), 'kubectl', 'kubectl')
  const owned = started.move()
  return {
    async run(argv, { input, env: more }) {
      const all = { ...env, ...placed(more, home) }
      const result =
        which === 'real'
          ? await run(program, argv, { input, env: all, cwd: testdata })
          : await runOurs(argv, input, all)
      return maskedResult({ ...result, ...(await editedText(home)) }, home)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function addNode(
  started: AsyncDisposableStack,
  { server, pki }: TestApiServer,
  home: string,
): Promise<void> {
  const folder = join(home, 'container')
  await mkdir(folder)
  const kubelet = started.use(await startFakeKubelet({ pki, folder }))
  await populateNode(server.transport(master), kubelet.port)
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
function placed(
  env: Readonly<Record<string, string>>,
  home: string,
): Readonly<Record<string, string>> {
  const place = (value: string): string =>
    value.replaceAll('$PWD', testdata).replaceAll('$HOME', home)
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, place(value)]))
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
  await symlink('/usr/bin/diff', join(home, 'bin', 'diff'))
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
    stdout: (text) => void (stdout += textOf(text)),
    stderr: (text) => void (stderr += textOf(text)),
    readStdin: async () => input,
    holdInterrupts: () => ({ [Symbol.dispose]: () => undefined }),
    terminal: async () => noTerminal(input),
  }
  const code = await runKubectl(argv, io)
  return { code, stdout, stderr }
}

function textOf(text: string | Uint8Array): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString()
}

/** Standard input is a pipe, as it is for the real one. */
function noTerminal(input: string): Terminal {
  return {
    stdin: Readable.from([Buffer.from(input)]),
    stdinIsTty: false,
    stdoutIsTty: false,
    size: () => undefined,
    onResize: () => ({ [Symbol.dispose]: () => undefined }),
    raw: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
