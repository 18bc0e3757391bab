/** `kubectl cluster-info`. Upstream: kubectl pkg/cmd/clusterinfo/clusterinfo.go. */
import type { Call, Command } from '#kubectl/command.ts'
import type { Listing } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export const command: Command = {
  use: 'cluster-info [flags]',
  about:
    'Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.',
  examples: [['Print them', 'kubectl cluster-info']],
  flags: [],
  run,
}

interface Service extends KubeObject {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] }
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[]
    }
  }
}

async function run({ io, factory }: Call): Promise<void> {
  const rest = await factory.rest()
  const list = await rest
    .json<Listing>({
      path: '/api/v1/namespaces/kube-system/services',
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
      about: { group: '', resource: 'services' },
    })
    .catch((error: unknown) => {
      io.stdout('\n')
      throw error
    })
  const server = `${rest.connection.server}`.replace(/\/$/, '')
  const line = (name: string, link: string): string => `${name} is running at ${link}\n`
  let text = line('Kubernetes control plane', server)
  for (const service of list.items as readonly Service[]) {
    const { labels = {}, name = '' } = service.metadata ?? {}
    text += line(labels['kubernetes.io/name'] ?? name, linkOf(service, server))
  }
  io.stdout(
    `${text}\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`,
  )
}

/** Its own address where it has one, or through the API server. */
function linkOf({ metadata, spec, status }: Service, server: string): string {
  const { name = '', namespace = '' } = metadata ?? {}
  const ports = spec?.ports ?? []
  const [ingress] = status?.loadBalancer?.ingress ?? []
  if (ingress !== undefined) {
    const host = ingress.ip ?? ingress.hostname ?? ''
    return ports.map(({ port }) => `http://${host}:${port} `).join('')
  }
  const [port] = ports
  const scheme = port?.port === 443 || port?.name === 'https' ? 'https:' : ''
  const suffix = port?.name === undefined || port.name === '' ? '' : `:${port.name}`
  const target = scheme === '' && suffix === '' ? name : `${scheme}${name}${suffix}`
  return `${server}/api/v1/namespaces/${namespace}/services/${target}/proxy`
}
