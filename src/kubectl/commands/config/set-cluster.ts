/** `kubectl config set-cluster`. Upstream: kubectl pkg/cmd/config/set_cluster.go. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import type { Entry } from '#kubectl/config/edit.ts'
import { CommandError } from '#kubectl/errors.ts'
import { exactArgs, filesOf } from './config.ts'

export const command: Command = {
  use: 'config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  about: `Set a cluster entry in kubeconfig.

 The fields given are merged into an entry that exists.`,
  examples: [['Set the server', 'kubectl config set-cluster e2e --server=https://1.2.3.4']],
  flags: [
    string('certificate-authority', 'File with the certificate of the authority.'),
    bool('embed-certs', 'Put the certificate into the kubeconfig.'),
    bool('insecure-skip-tls-verify', 'Do not check the certificate of the server.'),
    string('proxy-url', 'Proxy in front of the cluster.'),
    string('server', 'Address of the server.'),
    string('tls-server-name', 'Name that the certificate of the server must carry.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const [name = ''] = exactArgs(call, 1)
  validate(call)
  const files = filesOf(call)
  const entry: Entry = { server: '', ...files.get('clusters', name) }
  for (const field of ['server', 'tls-server-name', 'proxy-url'] as const) {
    if (flags.given(field)) setOrDelete(entry, field, flags.string(field))
  }
  if (flags.given('tls-server-name')) delete entry['insecure-skip-tls-verify']
  if (flags.given('insecure-skip-tls-verify')) {
    const insecure = flags.bool('insecure-skip-tls-verify')
    if (insecure) {
      entry['insecure-skip-tls-verify'] = true
      delete entry['certificate-authority']
      delete entry['certificate-authority-data']
    } else delete entry['insecure-skip-tls-verify']
  }
  if (flags.given('certificate-authority')) setAuthority(call, entry)
  files.set('clusters', name, entry)
  files.save()
  io.stdout(`Cluster ${JSON.stringify(name)} set.\n`)
}

function validate({ flags }: Call): void {
  if (flags.bool('insecure-skip-tls-verify') && flags.string('certificate-authority') !== '') {
    throw new CommandError(
      'you cannot specify a certificate authority and insecure mode at the same time',
    )
  }
  if (!flags.bool('embed-certs')) return
  const path = flags.string('certificate-authority')
  if (path === '') {
    throw new CommandError('you must specify a --certificate-authority to embed')
  }
}

function setAuthority({ flags, io }: Call, entry: Entry): void {
  const path = flags.string('certificate-authority')
  delete entry['certificate-authority']
  delete entry['certificate-authority-data']
  if (path === '') return
  delete entry['insecure-skip-tls-verify']
  if (!flags.bool('embed-certs')) entry['certificate-authority'] = resolve(io.cwd, path)
  else entry['certificate-authority-data'] = readBase64(path)
}

export function readBase64(path: string): string {
  try {
    return readFileSync(path).toString('base64')
  } catch {
    throw new CommandError(
      `could not stat certificate-authority file ${path}: stat ${path}: no such file or directory`,
    )
  }
}

export function setOrDelete(entry: Entry, field: string, value: string): void {
  if (value === '' && field !== 'server') delete entry[field]
  else entry[field] = value
}
