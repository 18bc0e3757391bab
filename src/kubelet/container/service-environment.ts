/** The variables by which a pod finds Services. Upstream: pkg/kubelet/envvars/envvars.go at v1.36. */
import type { Service } from '#api/core/v1.gen.ts'

/** Those of Services that the pod sees: its namespace's, and `kubernetes` of the default namespace. */
export function visibleServices(
  services: readonly Service[],
  namespace: string,
  serviceLinks: boolean,
): readonly Service[] {
  const visible = new Map<string, Service>()
  for (const service of services) {
    const { name, namespace: owner } = service.metadata
    if (!hasAddress(service)) continue
    if (serviceLinks && owner === namespace) visible.set(name, service)
    else if (owner === 'default' && name === 'kubernetes' && !visible.has(name)) {
      visible.set(name, service)
    }
  }
  return [...visible.values()]
}

function hasAddress({ spec }: Service): boolean {
  const { clusterIP } = spec
  return clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None'
}

export function serviceEnvironment(services: readonly Service[]): Map<string, string> {
  const variables = new Map<string, string>()
  for (const service of services) {
    const ports = service.spec.ports ?? []
    const [first] = ports
    if (first === undefined) continue
    const prefix = variableName(service.metadata.name)
    const address = service.spec.clusterIP ?? ''
    variables.set(`${prefix}_SERVICE_HOST`, address)
    variables.set(`${prefix}_SERVICE_PORT`, String(first.port))
    for (const { name, port } of ports) {
      if (name !== undefined && name !== '') {
        variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port))
      }
    }
    for (const [index, { protocol = 'TCP', port }] of ports.entries()) {
      addLink(variables, { prefix, address, protocol, port, first: index === 0 })
    }
  }
  return variables
}

interface Link {
  prefix: string
  address: string
  protocol: string
  port: number
  first: boolean
}

/** As Docker's container links named them. */
function addLink(variables: Map<string, string>, link: Link): void {
  const { prefix, address, protocol, port, first } = link
  const host = address.includes(':') ? `[${address}]` : address
  const url = `${protocol.toLowerCase()}://${host}:${port}`
  const portPrefix = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
  if (first) variables.set(`${prefix}_PORT`, url)
  variables.set(portPrefix, url)
  variables.set(`${portPrefix}_PROTO`, protocol.toLowerCase())
  variables.set(`${portPrefix}_PORT`, String(port))
  variables.set(`${portPrefix}_ADDR`, address)
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
