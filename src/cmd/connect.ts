/** A component's connection to the API server, by its kubeconfig. */
import type { Client } from '#client/client.ts'
import { createClient } from '#client/create-client.ts'
import { httpsTransport } from '#client/https-transport.ts'
import { loadKubeconfig } from '#client/kubeconfig.ts'
import { UserError } from '#base/user-error.ts'
import { kubernetesVersion } from '#api/version.ts'
import type { World } from './program.ts'

export interface Connected extends AsyncDisposable {
  readonly client: Client
}

/** `component` is what the server's logs and managed fields show. */
export async function connect(path: string, component: string, world: World): Promise<Connected> {
  if (path === '') throw new UserError('--kubeconfig is needed')
  const server = await loadKubeconfig(path)
  const userAgent = `${component}/${kubernetesVersion} (linux/${process.arch}) k8ts`
  const transport = httpsTransport({
    ...server,
    clock: world.clock,
    random: world.random,
    userAgent,
  })
  return {
    client: createClient(transport),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
