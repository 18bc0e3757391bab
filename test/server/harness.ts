/** A whole API server with its controllers in this process, and the real kubectl against it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { buildKubeconfig, embeddedEntry } from '#bootstrap/kubeconfig/kubeconfig.ts'
import { writeKubeconfig } from '#bootstrap/kubeconfig/file.ts'
import type { KeyPair } from '#bootstrap/pki/certificate.ts'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import { createClient } from '#client/create-client.ts'
import type { Client } from '#client/client.ts'
import { startControllerManager } from '#controllers/all.ts'
import type { ControllerManagerOptions } from '#controllers/all.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import type { TestApiServer, TestApiServerOptions } from '#testing/api-server.ts'
import { realClients, run } from '../e2e/kubectl.ts'
import type { Result } from '../e2e/kubectl.ts'

export interface Harness extends AsyncDisposable, TestApiServer {
  readonly folder: string
  readonly client: Client
  /** The real kubectl as the administrator; fails when its exit code is not 0. */
  kubectl: (...args: string[]) => Promise<string>
  /** The real kubectl, with a kubeconfig of its own and whatever input it wants. */
  run: (kubeconfig: string, args: readonly string[], input?: string) => Promise<Result>
  /** Writes a kubeconfig for a user and returns its path. */
  kubeconfig: (name: string, user: KeyPair | { readonly token: string }) => Promise<string>
}

export interface HarnessOptions extends TestApiServerOptions {
  readonly controllers?: (pki: ClusterPki) => ControllerManagerOptions
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-server-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const api = stack.use(await startTestApiServer(options))
  const client = createClient(api.server.transport(master))
  const controllers = options.controllers?.(api.pki)
  if (controllers !== undefined) {
    const runtime = { clock: systemClock, random: () => Math.random(), log: silentLogger, client }
    const stop = new AbortController()
    stack.defer(() => stop.abort())
    stack.use(startControllerManager({ ...runtime, options: controllers }, stop.signal))
  }
  const programs = await realClients('36')
  const program = join(programs, 'kubectl', 'kubectl')
  const env = { HOME: folder }
  const writeConfig: Harness['kubeconfig'] = async (name, user) => {
    const names = { clusterName: 'test', userName: name, contextName: name }
    const server = {
      url: `https://127.0.0.1:${api.server.port}`,
      ca: api.pki.ca.certificate,
    }
    const entry =
      'token' in user
        ? { ...embeddedEntry(names, server, api.pki.admin), user: { token: user.token } }
        : embeddedEntry(names, server, user)
    const path = join(folder, `${name}.conf`)
    await writeKubeconfig(path, buildKubeconfig(entry))
    return path
  }
  const runKubectl: Harness['run'] = (kubeconfig, args, input = '') =>
    run(program, ['--kubeconfig', kubeconfig, ...args], { input, env })
  const admin = await writeConfig('admin', api.pki.admin)
  const owned = stack.move()
  return {
    ...api,
    folder,
    client,
    kubeconfig: writeConfig,
    run: runKubectl,
    async kubectl(...args) {
      const { code, stdout, stderr } = await runKubectl(admin, args)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}${stdout}`)
      return stdout
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
