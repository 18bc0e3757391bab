/** What `minikube start --wait` waits for. Loaded when the programs have been started. */
import { endpointslices, nodes as nodeType, serviceaccounts } from '#api/resources.gen.ts'
import { UserError } from '#base/user-error.ts'
import type { Client } from '#client/client.ts'
import { applyAddons } from './addons.ts'
import { connectAsAdmin } from './connection.ts'
import { waitUntil } from './readiness.ts'
import type { StartOptions, waits } from './start.ts'
import { logOf } from './supervised.ts'

const limits = { apiTimeoutMs: 30_000 } as const

/** Resolves when all that `wait` names is there; rejects with what was missing at the limit. */
export async function waitForCluster(options: StartOptions): Promise<void> {
  const { paths, profile, clock, signal, wait, waitTimeoutMs } = options
  await using connection = await connectAsAdmin(paths, options)
  const { client } = connection
  await waitUntil(
    { what: 'the API server', timeoutMs: limits.apiTimeoutMs, log: logOf(paths, 'control-plane') },
    async () => {
      await connection.ready(signal)
      return true
    },
    clock,
    signal,
  )
  await applyAddons(client)
  const asked = (name: (typeof waits)[number]): boolean => wait.includes(name)
  if (asked('default_sa') || asked('apiserver')) {
    await waitUntil(
      {
        what: 'the default service account',
        timeoutMs: waitTimeoutMs,
        log: logOf(paths, 'control-plane'),
      },
      async () =>
        (await client.in(serviceaccounts, 'default').get('default', { signal })) !== undefined,
      clock,
      signal,
    )
  }
  if (asked('system_pods')) {
    await waitUntil(
      { what: 'the cluster DNS', timeoutMs: waitTimeoutMs, log: logOf(paths, 'node') },
      () => hasDns(client, signal),
      clock,
      signal,
    )
  }
  if (asked('node_ready') || asked('kubelet')) {
    await waitUntil(
      {
        what: `node ${profile.nodeName} to be Ready`,
        timeoutMs: waitTimeoutMs,
        log: logOf(paths, 'node'),
      },
      () => isNodeReady(client, profile.nodeName, signal),
      clock,
      signal,
    )
  }
}

/** The one part of the system that is no component: it stands where upstream has the pods of CoreDNS. */
async function hasDns(client: Client, signal: AbortSignal): Promise<boolean> {
  const labelSelector = 'kubernetes.io/service-name=kube-dns'
  const slices = await client.in(endpointslices, 'kube-system').list({ labelSelector, signal })
  return slices.items.some(({ endpoints }) => (endpoints ?? []).length > 0)
}

async function isNodeReady(client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  const node = await client.for(nodeType).get(name, { signal })
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return true
  throw new UserError(ready?.message ?? 'the kubelet has not reported yet')
}
