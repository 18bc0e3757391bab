/** DNS settings, host aliases, ports of the host. Upstream: pkg/apis/core/validation/validation.go. */
import type { HostAlias, PodDNSConfig, PodSpec } from '#api/core/v1.gen.ts'
import { invalidValue, required } from '#api/meta/field-error.ts'
import { checkSubdomain, empty, type Errors } from '#resources/checks/checks.ts'
import { checkIp } from '#resources/checks/ip.ts'

const nameserversMax = 3
const searchesMax = 32
const searchCharactersMax = 2048

export function checkDnsConfig(spec: PodSpec, path: string, errors: Errors): void {
  const config = spec.dnsConfig
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) {
      errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'))
    } else if ((config.nameservers ?? []).length === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      errors.push(required(`${path}.nameservers`, detail))
    }
  }
  if (config !== undefined) checkConfig(config, path, errors)
}

function checkConfig(config: PodDNSConfig, path: string, errors: Errors): void {
  const servers = config.nameservers ?? []
  if (servers.length > nameserversMax) {
    const detail = `must not have more than ${nameserversMax} nameservers`
    errors.push(invalidValue(`${path}.nameservers`, servers, detail))
  }
  servers.forEach((server, at) => checkIp(server, `${path}.nameservers[${at}]`, errors))
  checkSearches(config.searches ?? [], `${path}.searches`, errors)
  config.options?.forEach((option, at) => {
    if (empty(option.name)) errors.push(required(`${path}.options[${at}]`, 'must not be empty'))
  })
}

function checkSearches(searches: readonly string[], path: string, errors: Errors): void {
  if (searches.length > searchesMax) {
    errors.push(invalidValue(path, searches, `must not have more than ${searchesMax} search paths`))
  }
  if (searches.join(' ').length > searchCharactersMax) {
    const detail = `must not have more than ${searchCharactersMax} characters (including spaces) in the search list`
    errors.push(invalidValue(path, searches, detail))
  }
  searches.forEach((search, at) => {
    if (search === '.') return
    // A trailing dot is fine, and so are underscores, which resolvers take.
    const name = search.replace(/\.$/, '').replaceAll('_', '-')
    checkSubdomain(name, `${path}[${at}]`, errors)
  })
}

export function checkHostAliases(
  aliases: readonly HostAlias[],
  path: string,
  errors: Errors,
): void {
  aliases.forEach((alias, at) => {
    checkIp(alias.ip ?? '', `${path}[${at}].ip`, errors)
    alias.hostnames?.forEach((name, index) => {
      checkSubdomain(name, `${path}[${at}].hostnames[${index}]`, errors)
    })
  })
}

/** In the host's network a container's port is the host's; templates may leave it open. */
export function checkHostNetworkPorts(
  spec: PodSpec,
  isPod: boolean,
  path: string,
  errors: Errors,
): void {
  if (spec.hostNetwork !== true) return
  spec.containers?.forEach((container, index) => {
    container.ports?.forEach((port, at) => {
      const hostPort = port.hostPort ?? 0
      if (hostPort === port.containerPort || (hostPort === 0 && !isPod)) return
      errors.push(
        invalidValue(
          `${path}.containers[${index}].ports[${at}].hostPort`,
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        ),
      )
    })
  })
}
