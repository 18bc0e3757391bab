/** The cluster that the end-to-end tests share: real, on this machine, started when it does not run. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Background, realClients, run, type Result, type RunOptions } from './kubectl.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Its own home, so that no test touches the user's kubeconfig or clusters. */
export const home = '/tmp/k8ts-e2e'
export const profile = 'e2e'
export const kubeconfig = join(home, '.kube', 'config')

export const environment: Readonly<Record<string, string>> = {
  HOME: home,
  KUBECONFIG: kubeconfig,
  MINIKUBE_HOME: join(home, '.minikube'),
}

/** What the user had before: it must be there, unchanged, when the cluster is gone. */
const foreign = `apiVersion: v1
kind: Config
# a comment of the user's
clusters:
- name: other
  cluster:
    server: https://other.example:6443
contexts:
- name: other
  context:
    cluster: other
    user: other
users:
- name: other
  user:
    token: secret
current-context: other
`

const startTimeoutMs = 180_000

export interface TestCluster {
  kubectl(args: readonly string[] | string, options?: RunOptions): Promise<Result>
  /** Like kubectl, and fails the test unless the exit code is 0; gives standard output. */
  ok(args: readonly string[] | string, options?: RunOptions): Promise<string>
  background(args: readonly string[]): Background
  readonly kubectlPath: string
}

export const minikubePath = join(root, 'bin', 'minikube')

/** Runs `bin/minikube`. */
export function minikube(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return run(minikubePath, [...args, '-p', profile], {
    timeoutMs: startTimeoutMs,
    ...options,
    env: { ...environment, ...options.env },
  })
}

/** A cluster that runs; quick when it runs already. */
export async function startCluster(version: '27' | '33' | '36' = '36'): Promise<TestCluster> {
  mkdirSync(dirname(kubeconfig), { recursive: true })
  if (!hasForeign()) writeFileSync(kubeconfig, foreign, { mode: 0o600 })
  const started = await minikube(['start', '--driver=none'])
  assert.equal(started.code, 0, `minikube start: ${started.stdout}${started.stderr}`)
  return clusterWith(version)
}

/** What an earlier run of the tests has left may lack it. */
function hasForeign(): boolean {
  return existsSync(kubeconfig) && readFileSync(kubeconfig, 'utf8').includes('name: other')
}

/** The real kubectl of a version against the cluster. */
export async function clusterWith(version: '27' | '33' | '36'): Promise<TestCluster> {
  const kubectlPath = join(await realClients(version), 'kubectl', 'kubectl')
  const kubectl = (args: readonly string[] | string, options: RunOptions = {}): Promise<Result> =>
    run(kubectlPath, typeof args === 'string' ? args.split(' ') : args, {
      ...options,
      env: { ...environment, ...options.env },
    })
  return {
    kubectlPath,
    kubectl,
    async ok(args, options) {
      const result = await kubectl(args, options)
      const line = typeof args === 'string' ? args : args.join(' ')
      assert.equal(result.code, 0, `kubectl ${line}\n${result.stdout}${result.stderr}`)
      return result.stdout
    },
    background: (args) => new Background(kubectlPath, args, environment),
  }
}

/** A namespace of the test's own, deleted with everything in it when the test ends. */
export async function withNamespace(
  cluster: TestCluster,
  name: string,
  body: (namespace: string) => Promise<void>,
): Promise<void> {
  const namespace = `${name}-${process.pid.toString(36)}${Math.floor(performance.now()).toString(36)}`
  await cluster.ok(['create', 'namespace', namespace])
  try {
    await body(namespace)
  } finally {
    await cluster.kubectl(['delete', 'namespace', namespace, '--timeout=90s'], {
      timeoutMs: 100_000,
    })
  }
}
