/** `kubectl create token`. Upstream: kubectl pkg/cmd/create/create_token.go. */
import { array, duration, string } from '#kubectl/command-line/flag.ts'
import { printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { printerOf } from '#kubectl/printers/printer.ts'

const boundKinds: Readonly<Record<string, string>> = { Pod: 'v1', Secret: 'v1', Node: 'v1' }

export const command: Command = {
  use: 'create token SERVICE_ACCOUNT_NAME',
  about: 'Request a service account token.',
  examples: [
    ['A token for the API', 'kubectl create token builder'],
    [
      'For another audience, ten minutes long',
      'kubectl create token builder --audience https://x.example --duration 10m',
    ],
  ],
  flags: [
    ...printFlags,
    array('audience', 'Audience of the token; may be repeated.'),
    string('bound-object-kind', 'Kind of the object that the token ends with: Pod, Secret, Node.'),
    string('bound-object-name', 'Its name.'),
    string('bound-object-uid', 'Its UID.'),
    duration('duration', 'How long the token is good; the server may decide otherwise.'),
  ],
  run,
}

interface TokenRequest extends KubeObject {
  readonly status?: { readonly token?: string }
}

async function run(call: Call): Promise<void> {
  const { flags, args, factory, io } = call
  const [name] = args
  if (name === undefined || args.length !== 1) {
    throw new UsageError(`exactly one NAME is required, got ${args.length}`)
  }
  const seconds = flags.durationMs('duration') / 1000
  if (seconds < 0) throw new CommandError('--duration must be greater than or equal to 0')
  const printer = await printerOf(call)
  const { namespace } = await factory.namespace()
  const audiences = flags.strings('audience')
  const boundObjectRef = boundObject(call)
  const rest = await factory.rest()
  const answer = await rest
    .json<TokenRequest>({
      method: 'POST',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
      body: JSON.stringify({
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: {},
        spec: {
          audiences: audiences.length === 0 ? null : audiences,
          expirationSeconds: seconds === 0 ? null : seconds,
          boundObjectRef: boundObjectRef ?? null,
        },
      }),
      about: { group: '', resource: 'serviceaccounts' },
      name,
    })
    .catch((error: unknown) => {
      throw error instanceof Error
        ? new CommandError(`failed to create token: ${error.message}`)
        : error
    })
  const token = answer.status?.token ?? ''
  if (token === '') throw new CommandError('failed to create token: no token in server response')
  io.stdout(printer === undefined ? `${token}\n` : printer.print(answer))
}

function boundObject({ flags }: Call): object | undefined {
  const [kind, name, uid] = ['kind', 'name', 'uid'].map((part) =>
    flags.string(`bound-object-${part}`),
  ) as [string, string, string]
  if (kind === '') {
    if (name !== '')
      throw new CommandError(
        '--bound-object-name can only be set if --bound-object-kind is provided',
      )
    if (uid !== '')
      throw new CommandError(
        '--bound-object-uid can only be set if --bound-object-kind is provided',
      )
    return undefined
  }
  const apiVersion = boundKinds[kind]
  if (apiVersion === undefined) {
    throw new CommandError(
      `supported --bound-object-kind values are ${Object.keys(boundKinds).sort().join(', ')}`,
    )
  }
  if (name === '')
    throw new CommandError('--bound-object-name is required if --bound-object-kind is provided')
  return { kind, apiVersion, name, ...(uid !== '' && { uid }) }
}
