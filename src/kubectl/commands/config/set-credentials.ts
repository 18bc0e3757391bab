/** `kubectl config set-credentials`. Upstream: kubectl pkg/cmd/config/set_credentials.go. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { array, bool, string, strings } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import type { Entry } from '#kubectl/config/edit.ts'
import { CommandError } from '#kubectl/errors.ts'
import { exactArgs, filesOf } from './config.ts'
import { setOrDelete } from './set-cluster.ts'

export const command: Command = {
  use: 'config set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  about: `Set a user entry in kubeconfig.

 The fields given are merged into an entry that exists. A token and a user name with password exclude each
 other.`,
  examples: [
    ['Set a client key', 'kubectl config set-credentials admin --client-key=~/.kube/admin.key'],
    [
      'Ask a program',
      'kubectl config set-credentials admin --exec-command=/path/to/program --exec-api-version=client.authentication.k8s.io/v1',
    ],
  ],
  flags: [
    string('auth-provider', 'Auth provider of the user.'),
    strings('auth-provider-arg', "'key=value' arguments of the auth provider."),
    string('client-certificate', 'File with the client certificate.'),
    string('client-key', 'File with the client key.'),
    bool('embed-certs', 'Put certificate and key into the kubeconfig.'),
    string('exec-api-version', 'Version of the API that the program speaks.'),
    strings('exec-arg', 'Arguments of the program.'),
    string('exec-command', 'Program that prints credentials.'),
    array('exec-env', "'key=value' environment of the program."),
    string('exec-interactive-mode', 'Never, IfAvailable or Always.'),
    bool('exec-provide-cluster-info', 'Tell the program about the cluster.'),
    string('password', 'Password of the user.'),
    string('token', 'Bearer token of the user.'),
    string('username', 'Name of the user.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const [name = ''] = exactArgs(call, 1)
  validate(call)
  const files = filesOf(call)
  const entry: Entry = { ...files.get('users', name) }
  setFiles(call, entry)
  setSecrets(call, entry)
  if (flags.given('auth-provider') || flags.given('auth-provider-arg')) {
    throw new CommandError('auth providers are not supported: use an exec plugin')
  }
  if (Object.keys(entry).length > 0 || flags.given('exec-command')) setExec(call, entry)
  files.set('users', name, entry)
  files.save()
  io.stdout(`User ${JSON.stringify(name)} set.\n`)
}

function validate({ flags }: Call): void {
  const methods: string[] = []
  if (flags.string('token') !== '') methods.push('--token')
  if (flags.string('username') !== '' || flags.string('password') !== '') {
    methods.push('--username/--password')
  }
  if (methods.length > 1) {
    throw new CommandError(
      `you cannot specify more than one authentication method at the same time: ${methods.join(', ')}`,
    )
  }
  if (!flags.bool('embed-certs')) return
  if (flags.string('client-certificate') === '' && flags.string('client-key') === '') {
    throw new CommandError('you must specify a --client-certificate or --client-key to embed')
  }
}

function setFiles({ flags, io }: Call, entry: Entry): void {
  for (const field of ['client-certificate', 'client-key'] as const) {
    if (!flags.given(field)) continue
    delete entry[field]
    delete entry[`${field}-data`]
    const path = flags.string(field)
    if (path === '') continue
    if (!flags.bool('embed-certs')) entry[field] = resolve(io.cwd, path)
    else entry[`${field}-data`] = readBase64(path, field)
  }
}

function readBase64(path: string, field: string): string {
  try {
    return readFileSync(path).toString('base64')
  } catch {
    throw new CommandError(
      `error reading ${field} data from ${path}: open ${path}: no such file or directory`,
    )
  }
}

/** A token takes the place of a password and the other way round. */
function setSecrets({ flags }: Call, entry: Entry): void {
  if (flags.given('token')) {
    setOrDelete(entry, 'token', flags.string('token'))
    if (flags.string('token') !== '') {
      delete entry['username']
      delete entry['password']
    }
  }
  for (const field of ['username', 'password'] as const) {
    if (!flags.given(field)) continue
    setOrDelete(entry, field, flags.string(field))
    if (flags.string(field) !== '') delete entry['token']
  }
}

function setExec({ flags }: Call, entry: Entry): void {
  const given = [
    'exec-command',
    'exec-api-version',
    'exec-arg',
    'exec-env',
    'exec-interactive-mode',
    'exec-provide-cluster-info',
  ]
  if (!given.some((flag) => flags.given(flag))) return
  const exec: Entry = { args: null, env: null, ...(entry['exec'] as Entry | undefined) }
  if (flags.given('exec-command')) exec['command'] = flags.string('exec-command')
  if (flags.given('exec-api-version')) exec['apiVersion'] = flags.string('exec-api-version')
  if (flags.given('exec-arg')) exec['args'] = flags.strings('exec-arg')
  if (flags.given('exec-env')) exec['env'] = flags.strings('exec-env').map(pairOf)
  if (flags.given('exec-interactive-mode')) {
    exec['interactiveMode'] = flags.string('exec-interactive-mode')
  }
  exec['provideClusterInfo'] = flags.bool('exec-provide-cluster-info')
  entry['exec'] = exec
}

function pairOf(text: string): object {
  const equals = text.indexOf('=')
  return { name: text.slice(0, equals), value: text.slice(equals + 1) }
}
