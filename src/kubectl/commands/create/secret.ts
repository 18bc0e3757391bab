/**
 * `kubectl create secret generic|docker-registry|tls`. Upstream: kubectl
 * pkg/cmd/create/create_secret.go, create_secret_docker.go, create_secret_tls.go.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { array, bool, string, strings } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call, Command, CommandTable } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { contentHash, dataOf, sortedEntries } from './data.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create secret (docker-registry | generic | tls)',
  about: `Create a secret with specified type.

 A docker-registry secret is for a registry of images, a tls secret holds a certificate and its key, a
 generic one anything.`,
  flags: [],
}

export const commands: CommandTable = {
  'docker-registry': {
    summary: 'Create a secret for a registry of images',
    load: async () => dockerRegistry,
  },
  generic: {
    summary: 'Create a secret from files, folders or literals',
    load: async () => generic,
  },
  tls: { summary: 'Create a secret with a certificate and its key', load: async () => tls },
}

const appendHash = bool('append-hash', 'Append a hash of the data to the name.')
const fromFile = strings('from-file', 'Files or folders, with or without KEY= in front.')

const generic: Command = {
  use: 'create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  about: 'Create a secret based on a file, directory, or specified literal value.',
  examples: [
    ['From literals', 'kubectl create secret generic login --from-literal=user=eve'],
    ['From files', 'kubectl create secret generic keys --from-file=ssh-key=path/to/id_rsa'],
  ],
  flags: [
    ...generatorFlags,
    appendHash,
    strings('from-env-file', 'Files with KEY=VALUE lines.'),
    fromFile,
    array('from-literal', 'KEY=VALUE; may be repeated.'),
    string('type', 'Type of the secret.'),
  ],
  run: (call) => createSecret(call, call.flags.string('type'), dataOf(call, '')),
}

const dockerFlags: readonly Flag[] = [
  string('docker-email', 'Email for the registry.'),
  string('docker-password', 'Password for the registry.'),
  string('docker-server', 'Address of the registry.', { default: 'https://index.docker.io/v1/' }),
  string('docker-username', 'User name for the registry.'),
]

const dockerRegistry: Command = {
  use: 'create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  about: 'Create a new secret for use with registries of images.',
  examples: [
    [
      'Log in to a registry',
      'kubectl create secret docker-registry regcred --docker-server=registry.example --docker-username=eve --docker-password=secret',
    ],
  ],
  flags: [...generatorFlags, appendHash, fromFile, ...dockerFlags],
  async run(call) {
    const { flags } = call
    const type = 'kubernetes.io/dockerconfigjson'
    if (flags.strings('from-file').length > 0)
      return await createSecret(call, type, dataOf(call, ''))
    const [username, password] = ['docker-username', 'docker-password'].map((name) =>
      flags.string(name),
    ) as [string, string]
    if (username === '' || password === '' || flags.string('docker-server') === '') {
      throw new CommandError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      )
    }
    const config = dockerConfig(call, username, password)
    await createSecret(call, type, new Map([['.dockerconfigjson', Buffer.from(config)]]))
  },
}

function dockerConfig({ flags }: Call, username: string, password: string): string {
  const email = flags.string('docker-email')
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  const entry = { username, password, ...(email !== '' && { email }), auth }
  return JSON.stringify({ auths: { [flags.string('docker-server')]: entry } })
}

const tls: Command = {
  use: 'create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  about: 'Create a TLS secret from the given public/private key pair.',
  examples: [['From files', 'kubectl create secret tls web --cert=tls.crt --key=tls.key']],
  flags: [
    ...generatorFlags,
    appendHash,
    string('cert', 'File with the certificate, PEM.'),
    string('key', 'File with the key, PEM.'),
  ],
  async run(call) {
    const { flags } = call
    if (flags.string('cert') === '' || flags.string('key') === '') {
      throw new CommandError('key and cert must be specified')
    }
    const cert = readPem(flags.string('cert'))
    const key = readPem(flags.string('key'))
    checkPair(cert, key)
    const data = new Map([
      ['tls.crt', cert],
      ['tls.key', key],
    ])
    await createSecret(call, 'kubernetes.io/tls', data)
  },
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new CommandError(`open ${path}: no such file or directory`)
  }
}

function checkPair(cert: Buffer, key: Buffer): void {
  let matches: boolean
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    throw new CommandError('tls: failed to find any PEM data in certificate input')
  }
  if (!matches) throw new CommandError('tls: private key does not match public key')
}

async function createSecret(
  call: Call,
  type: string,
  all: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const name = nameOf(call)
  const data = sortedEntries([...all].map(([key, bytes]) => [key, bytes.toString('base64')]))
  const hashed = { kind: 'Secret', type, name, data }
  const fullName = call.flags.bool('append-hash') ? `${name}-${contentHash(hashed)}` : name
  await createGenerated(call, {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: fullName },
    ...(all.size > 0 && { data }),
    ...(type !== '' && { type }),
  })
}
