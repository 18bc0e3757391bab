/**
 * Who one is to a registry, from imagePullSecrets and the node's own Docker configuration.
 * Upstream: pkg/credentialprovider/{config,keyring}.go at v1.36.
 */
import type { Secret } from '#api/core/v1.gen.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type { AuthConfig } from '#cri/messages.gen.ts'
import { parseImage } from './reference.ts'

export interface RegistryCredential {
  /** Host and, perhaps, the beginning of a path; `*` stands for a part of the host. */
  readonly registry: string
  readonly auth: Input<AuthConfig>
}

interface DockerEntry {
  username?: string
  password?: string
  auth?: string
  identitytoken?: string
  registrytoken?: string
}

/** Those of a Secret of a Docker type; throws when its content is broken. */
export function credentialsOfSecret(secret: Secret): readonly RegistryCredential[] {
  const data = secret.data ?? {}
  if (secret.type === 'kubernetes.io/dockerconfigjson' && data['.dockerconfigjson'] !== undefined) {
    return credentialsOfConfig(fromBase64(data['.dockerconfigjson']))
  }
  if (secret.type === 'kubernetes.io/dockercfg' && data['.dockercfg'] !== undefined) {
    return entries(JSON.parse(fromBase64(data['.dockercfg'])) as Record<string, DockerEntry>)
  }
  return []
}

/** Those of a Docker `config.json`; throws when it is broken. */
export function credentialsOfConfig(json: string): readonly RegistryCredential[] {
  return entries((JSON.parse(json) as { auths?: Record<string, DockerEntry> }).auths ?? {})
}

function entries(auths: Readonly<Record<string, DockerEntry>>): RegistryCredential[] {
  return Object.entries(auths).map(([registry, entry]) => {
    const [username, ...password] = fromBase64(entry.auth ?? '').split(':')
    return {
      registry: normalize(registry),
      auth: {
        username: entry.username ?? username ?? '',
        password: entry.password ?? password.join(':'),
        identityToken: entry.identitytoken ?? '',
        registryToken: entry.registrytoken ?? '',
      },
    }
  })
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString()
}

const dockerHosts = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

function normalize(registry: string): string {
  const bare = registry.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '')
  const [host = '', ...path] = bare.split('/')
  return [dockerHosts.has(host) ? 'docker.io' : host, ...path].join('/')
}

/** The credentials that fit an image, those with the longest path first. */
export function credentialsFor(
  image: string,
  all: readonly RegistryCredential[],
): readonly Input<AuthConfig>[] {
  const { registry, repository } = parseImage(image)
  return all
    .filter((credential) => fits(credential.registry, registry, repository))
    .toSorted((a, b) => b.registry.length - a.registry.length)
    .map(({ auth }) => auth)
}

function fits(pattern: string, registry: string, repository: string): boolean {
  const [host = '', ...path] = pattern.split('/')
  return (
    hostFits(host, registry) &&
    `${repository}/`.startsWith(path.length === 0 ? '' : `${path.join('/')}`)
  )
}

function hostFits(pattern: string, host: string): boolean {
  const wanted = pattern.split('.')
  const parts = host.split('.')
  return (
    wanted.length === parts.length &&
    wanted.every((part, index) => globFits(part, parts[index] ?? ''))
  )
}

function globFits(pattern: string, text: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`).test(text)
}
