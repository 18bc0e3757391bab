/** `kubectl version`. Upstream: kubectl pkg/cmd/version/version.go. */
import { formatYaml } from '#api/yaml.ts'
import { versionInfo } from '#api/version.ts'
import type { VersionInfo } from '#api/version.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'version [flags]',
  about: 'Print the client and server version information for the current context.',
  examples: [
    ['Print both versions', 'kubectl version'],
    ['Without asking the server', 'kubectl version --client'],
  ],
  flags: [
    bool('client', 'Only the version of the client.'),
    string('output', "One of 'yaml' or 'json'.", { short: 'o' }),
    // Dropped upstream in 1.28; the book uses it.
    bool('short', 'Only the version numbers.', { hidden: true }),
  ],
  run,
}

/** The kustomize whose behaviour is followed. */
const kustomizeVersion = 'v5.8.1'

interface Versions {
  readonly clientVersion: VersionInfo
  readonly kustomizeVersion: string
  readonly serverVersion?: VersionInfo
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  if (args.length > 0) throw new CommandError(`extra arguments: [${args.join(' ')}]`)
  const output = flags.string('output')
  if (output !== '' && output !== 'yaml' && output !== 'json') {
    throw new CommandError("--output must be 'yaml' or 'json'")
  }
  const clientVersion = clientInfo(io.platform)
  let failure: unknown
  let serverVersion: VersionInfo | undefined
  if (!flags.bool('client')) {
    try {
      serverVersion = await (await call.factory.rest()).json<VersionInfo>({ path: '/version' })
    } catch (error) {
      failure = error
    }
  }
  const versions = {
    clientVersion,
    kustomizeVersion,
    ...(serverVersion !== undefined && { serverVersion }),
  }
  io.stdout(formatVersions(versions, output, flags.bool('short')))
  warnOfSkew(call, versions)
  if (failure !== undefined) throw failure
}

function clientInfo(platform: string): VersionInfo {
  const {
    emulationMajor: _a,
    emulationMinor: _b,
    minCompatibilityMajor: _c,
    minCompatibilityMinor: _d,
    ...info
  } = versionInfo({ nodeVersion: process.versions.node, platform })
  return info
}

function formatVersions(versions: Versions, output: string, short: boolean): string {
  const { clientVersion, serverVersion } = versions
  if (output === 'json') return `${JSON.stringify(versions, null, 2)}\n`
  if (output === 'yaml') return `${formatYaml(versions, 'sorted')}\n`
  const server = serverVersion === undefined ? '' : `Server Version: ${serverVersion.gitVersion}\n`
  const kustomize = short ? '' : `Kustomize Version: ${versions.kustomizeVersion}\n`
  return `Client Version: ${clientVersion.gitVersion}\n${kustomize}${server}`
}

/** More than one minor version apart is not supported. */
function warnOfSkew({ io }: Call, { clientVersion, serverVersion }: Versions): void {
  if (serverVersion === undefined) return
  const minor = ({ minor: text }: VersionInfo): number => Number.parseInt(text, 10)
  if (Math.abs(minor(clientVersion) - minor(serverVersion)) <= 1) return
  const show = ({ major, minor: text }: VersionInfo): string => `${major}.${text}`
  io.stderr(
    `Warning: version difference between client (${show(clientVersion)}) and server (${show(serverVersion)}) exceeds the supported minor version skew of +/-1\n`,
  )
}
