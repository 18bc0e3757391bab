/** `npm start`: a cluster, the book's first container, its page by every road, and what to type next. */
import { deployments, nodes, services } from '#api/resources.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import type { Service } from '#api/core/v1.gen.ts'
import type { Client } from '#client/client.ts'
import { connectAsAdmin } from '#cluster/local/connection.ts'
import { pathsOf } from '#cluster/local/paths.ts'
import { preflight } from '#cluster/local/preflight.ts'
import { waitUntil } from '#cluster/local/readiness.ts'
import { userKubeconfigPath } from '#cluster/local/user-kubeconfig.ts'
import { main as minikube } from './minikube.ts'
import type { World } from './program.ts'

const name = 'my-first-nginx'
const namespace = 'default'

const limits = { readyTimeoutMs: 120_000, pageTimeoutMs: 20_000, fetchTimeoutMs: 3_000 } as const

export async function main(world: World): Promise<number> {
  const missing = await preflight(world.env)
  if (missing.length > 0) {
    world.stderr(unfit(missing))
    return 1
  }
  const code = await minikube({ ...world, argv: ['start', ...world.argv] })
  if (code !== 0) return code
  const paths = pathsOf('minikube', world.env)
  await using connection = await connectAsAdmin(paths, world)
  const { client } = connection
  await createUnlessPresent(client, world)
  world.stdout('* Waiting for two containers of nginx ...\n')
  await deploymentReady(client, world)
  const service = await client.in(services, namespace).get(name)
  const [node] = (await client.for(nodes).list()).items
  const nodeIp = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  const roads = roadsTo(service, nodeIp)
  for (const [what, url] of roads) {
    const title = await fetchTitle(url, world)
    world.stdout(`* ${what.padEnd(11)} ${url.padEnd(28)} ${title}\n`)
  }
  world.stdout(nextSteps(userKubeconfigPath(world.env)))
  return 0
}

function unfit(missing: readonly { what: string; remedy: string }[]): string {
  const what = missing.map((one) => one.what).join(', ')
  const remedies = missing.map((one) => one.remedy).join('; ')
  return `This machine cannot run containers yet: it lacks ${what}. To mend it: ${remedies}. Then run "npm start" again.\n`
}

async function createUnlessPresent(client: Client, world: World): Promise<void> {
  const labels = { app: name }
  const made = await create(() =>
    client.in(deployments, namespace).create({
      metadata: { name, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] }] },
        },
      },
    }),
  )
  world.stdout(`* Deployment ${name}: ${made ? 'created' : 'is there already'}\n`)
  const exposed = await create(() =>
    client.in(services, namespace).create({
      metadata: { name, labels },
      spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] },
    }),
  )
  world.stdout(`* Service ${name}: ${exposed ? 'created' : 'is there already'}\n`)
}

async function create(make: () => Promise<unknown>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    if (isStatus(error, 'AlreadyExists')) return false
    throw error
  }
}

async function deploymentReady(client: Client, world: World): Promise<void> {
  await waitUntil(
    { what: `Deployment ${name} to be ready`, timeoutMs: limits.readyTimeoutMs },
    async () => {
      const { spec, status } = await client.in(deployments, namespace).get(name)
      return (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1)
    },
    world.clock,
    world.signal,
  )
}

function roadsTo(service: Service, nodeIp: string): readonly (readonly [string, string])[] {
  const nodePort = service.spec.ports?.[0]?.nodePort ?? 0
  return [
    ['ClusterIP', `http://${service.spec.clusterIP}/`],
    ['NodePort', `http://${nodeIp}:${nodePort}/`],
  ]
}

/** The page's title, which must come within the limit. */
async function fetchTitle(url: string, world: World): Promise<string> {
  let title = ''
  await waitUntil(
    { what: `a page from ${url}`, timeoutMs: limits.pageTimeoutMs },
    async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(limits.fetchTimeoutMs) })
      title = /<title>([^<]*)<\/title>/.exec(await answer.text())?.[1] ?? ''
      return title !== ''
    },
    world.clock,
    world.signal,
  )
  return title
}

function nextSteps(kubeconfig: string): string {
  return `
The cluster runs; kubectl finds it by ${kubeconfig}. Next, for example:

  kubectl get pods -o wide
  kubectl describe service ${name}
  kubectl scale deployment ${name} --replicas=3
  bin/minikube status | stop | start | delete
`
}
