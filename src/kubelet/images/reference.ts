/**
 * Image names. Upstream: pkg/util/parsers/parsers.go at v1.36, and distribution/reference, whose
 * grammar and texts these are.
 */
import { goQuote } from '#api/meta/go-quote.ts'

const hostPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const host = `(?:${hostPart}(?:\\.${hostPart})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const reference = new RegExp(
  `^(?:(${host})/)?(${component}(?:/${component})*)(?::(\\w[\\w.-]{0,127}))?(?:@(${digest}))?$`,
)
const nameBytesMax = 255

export interface ImageReference {
  /** `docker.io` when the name has none. */
  readonly registry: string
  /** `library/nginx` for Docker's own. */
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Throws an Error with upstream's words when the name is none. */
export function parseImage(image: string): ImageReference {
  const fail = (reason: string): never => {
    throw new Error(`couldn't parse image reference ${goQuote(image)}: ${reason}`)
  }
  if (/^[a-f0-9]{64}$/.test(image)) {
    fail(`invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`)
  }
  const { registry, rest } = splitRegistry(image)
  const colon = rest.indexOf(':')
  const name = colon < 0 ? rest : rest.slice(0, colon)
  if (name.toLowerCase() !== name && !name.includes('@')) {
    fail(`invalid reference format: repository name (${name}) must be lowercase`)
  }
  const match = reference.exec(`${registry}/${rest}`)
  if (match === null) return fail('invalid reference format')
  const [, , repository = '', tag, digestPart] = match
  if (`${registry}/${repository}`.length > nameBytesMax) {
    fail(`repository name must not be more than ${nameBytesMax} characters`)
  }
  return { registry, repository, tag, digest: digestPart }
}

/** The first part is a registry when it looks like a host: a dot, a port, or `localhost`. */
function splitRegistry(image: string): { registry: string; rest: string } {
  const slash = image.indexOf('/')
  const first = slash < 0 ? '' : image.slice(0, slash)
  const isHost =
    first !== '' && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const registry = isHost ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io'
  const rest = isHost ? image.slice(slash + 1) : image
  const official = registry === 'docker.io' && !rest.includes('/')
  return { registry, rest: official ? `library/${rest}` : rest }
}

/** The image with `:latest` when it has neither tag nor digest; throws as `parseImage` does. */
export function withDefaultTag(image: string): string {
  const { tag, digest: hasDigest } = parseImage(image)
  return tag === undefined && hasDigest === undefined ? `${image}:latest` : image
}
