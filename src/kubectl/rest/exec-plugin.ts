/**
 * Credentials that a program prints. Upstream: client-go plugin/pkg/client/auth/exec/exec.go,
 * pkg/apis/clientauthentication/v1.
 */
import { spawn } from 'node:child_process'
import type { Connection } from '#kubectl/config/connection.ts'
import type { ExecConfig } from '#kubectl/config/kubeconfig.ts'
import { CommandError, ConnectionError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import { findProgram, isExecutable } from '#kubectl/plugins.ts'
import type { Credentials } from './credentials.ts'

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const outputBytesMax = 1 << 20

interface ExecStatus {
  readonly expirationTimestamp?: string
  readonly token?: string
  readonly clientCertificateData?: string
  readonly clientKeyData?: string
}

export function execPlugin(exec: ExecConfig, connection: Connection, io: Io): Credentials {
  let current: ExecStatus | undefined
  const get = async (): Promise<ExecStatus> => {
    const expires = current?.expirationTimestamp
    const expired = expires !== undefined && Date.parse(expires) <= io.clock.nowMs()
    if (current === undefined || expired) current = await runPlugin(exec, connection, io)
    return current
  }
  return {
    async authorization() {
      const { token = '' } = await get()
      return token === '' ? undefined : `Bearer ${token}`
    },
    async certificate() {
      const { clientCertificateData: cert, clientKeyData: key } = await get()
      if (cert === undefined || key === undefined) return undefined
      return { cert: Buffer.from(cert), key: Buffer.from(key) }
    },
    async refresh() {
      current = await runPlugin(exec, connection, io)
      return true
    },
  }
}

async function runPlugin(exec: ExecConfig, connection: Connection, io: Io): Promise<ExecStatus> {
  const { apiVersion = '', command = '' } = exec
  const fail = (message: string): ConnectionError =>
    new ConnectionError(connection.server, `getting credentials: ${message}`, undefined)
  const refusal = refusedByPolicy(command, connection, io)
  if (refusal !== undefined) throw fail(refusal)
  if (!versions.includes(apiVersion)) {
    throw new CommandError(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`)
  }
  const { stdinIsTty } = await io.terminal()
  if (exec.interactiveMode === 'Always' && !stdinIsTty) {
    throw fail('exec plugin cannot support interactive mode: standard input is not a terminal')
  }
  const interactive = exec.interactiveMode !== 'Never' && stdinIsTty
  const { code, output } = await spawned(exec, execInfo(exec, connection, interactive), {
    io,
    interactive,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw fail(`exec: ${error.message}`)
    const hint = exec.installHint === undefined ? '' : `${aboutPlugins}${exec.installHint}`
    throw fail(`exec: executable ${command} not found${hint}`)
  })
  if (code !== 0) {
    throw fail(`exec: executable ${command} failed with exit code ${code}`)
  }
  return statusIn(output, apiVersion, fail)
}

/** What the user's preferences say. Upstream: client-go plugin/pkg/client/auth/exec/exec.go, allowsPlugin. */
function refusedByPolicy(
  command: string,
  { pluginPolicy }: Connection,
  io: Io,
): string | undefined {
  if (pluginPolicy?.credentialPluginPolicy === 'DenyAll') {
    return `plugin ${JSON.stringify(command)} not allowed: policy set to "DenyAll"`
  }
  if (pluginPolicy?.credentialPluginPolicy !== 'Allowlist') return undefined
  const resolved = (name: string): string | undefined =>
    name.includes('/') ? name : findProgram(name, io)
  const path = resolved(command) ?? command
  if (path.includes('/') && !isExecutable(path)) {
    const name = JSON.stringify(path)
    return `plugin path ${name} cannot be resolved for credential plugin allowlist check: exec: ${name}: stat ${path}: no such file or directory`
  }
  const allowed = pluginPolicy.credentialPluginAllowlist.some(
    (entry) => entry.command === command || resolved(entry.command) === path,
  )
  return allowed
    ? undefined
    : `plugin path ${JSON.stringify(path)} is not permitted by the credential plugin allowlist`
}

const aboutPlugins = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

`

function execInfo(exec: ExecConfig, connection: Connection, interactive: boolean): string {
  const { server, ca, insecure, serverName, proxyUrl } = connection
  const cluster = {
    server,
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
    ...(insecure && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': ca.toString('base64') }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    config: null,
  }
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo === true && { cluster }), interactive },
  })
}

function spawned(
  exec: ExecConfig,
  info: string,
  { io, interactive }: { readonly io: Io; readonly interactive: boolean },
): Promise<{ code: number; output: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; output: string }>()
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]))
  const child = spawn(exec.command ?? '', exec.args ?? [], {
    env: { ...io.env, ...own, KUBERNETES_EXEC_INFO: info },
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.length > outputBytesMax) child.kill()
  })
  child.once('error', reject)
  child.once('close', (code) => resolve({ code: code ?? 1, output }))
  return promise
}

function statusIn(
  output: string,
  apiVersion: string,
  fail: (message: string) => ConnectionError,
): ExecStatus {
  let credential: { apiVersion?: string; kind?: string; status?: ExecStatus }
  try {
    credential = JSON.parse(output) as typeof credential
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw fail(
      'decoding stdout: couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    )
  }
  if (credential.apiVersion !== apiVersion) {
    throw fail(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion ?? ''}`,
    )
  }
  const { status } = credential
  if (status === undefined) throw fail("exec plugin didn't return a status field")
  const hasPair = (status.clientCertificateData ?? '') !== ''
  if (hasPair !== ((status.clientKeyData ?? '') !== '')) {
    throw fail('exec plugin returned only one of clientCertificateData and clientKeyData')
  }
  if (!hasPair && (status.token ?? '') === '') {
    throw fail("exec plugin didn't return a token or cert/key pair")
  }
  return status
}
