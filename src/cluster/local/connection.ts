/** The tool's own connection to its cluster, with the administrator's certificate. */
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/create-client.ts'
import { httpsTransport } from '#client/https-transport.ts'
import { loadKubeconfig } from '#client/kubeconfig.ts'
import type { Paths } from './paths.ts'

export interface Connection extends AsyncDisposable {
  readonly client: Client
  /** Resolves when /readyz says yes, rejects otherwise. */
  ready(signal: AbortSignal): Promise<void>
}

export interface Surroundings {
  readonly clock: Clock
  readonly random: () => number
}

export async function connectAsAdmin(
  paths: Paths,
  { clock, random }: Surroundings,
): Promise<Connection> {
  const server = await loadKubeconfig(join(paths.kubeconfigs, 'admin.conf'))
  const transport = httpsTransport({ ...server, clock, random, userAgent: 'minikube' })
  return {
    client: createClient(transport),
    async ready(signal) {
      await transport.request({ method: 'GET', path: '/readyz', signal })
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
