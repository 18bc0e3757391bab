/** Controllers and scheduler beside the API server in its process, each under its own user name. */
import type { ApiServer } from '#apiserver/server.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/create-client.ts'
import { startEventRecorder } from '#client/events.ts'
import { startControllerManager } from '#controllers/all.ts'
import type { SigningOptions } from '#controllers/certificate-signing-request/signing.ts'
import type { SignToken } from '#controllers/service-account-token/controller.ts'
import { runScheduler } from '#scheduler/scheduler.ts'
import type { ComponentHealth } from './component-health.ts'
import type { World } from './program.ts'

export interface ComponentOptions {
  readonly server: ApiServer
  readonly world: World
  readonly log: Logger
  /** PEM. */
  readonly rootCa: string
  readonly signToken?: SignToken
  readonly signing?: SigningOptions
  readonly clusterCidr: string
  readonly serviceCidr?: string
  readonly legacyTokensKeptMs: number
  readonly controllers: readonly string[]
  readonly health: ComponentHealth
}

/**
 * The service account that a controller acts as, where its name is not the controller's own.
 * Upstream: cmd/kube-controller-manager and plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go.
 */
const accounts: Readonly<Record<string, string>> = {
  'bootstrap-signer-controller': 'bootstrap-signer',
  'token-cleaner-controller': 'token-cleaner',
  'legacy-serviceaccount-token-cleaner-controller': 'legacy-service-account-token-cleaner',
  'certificatesigningrequest-approving-controller': 'certificate-controller',
  'certificatesigningrequest-cleaner-controller': 'certificate-controller',
  'certificatesigningrequest-signing-controller': 'certificate-controller',
  'serviceaccount-controller': 'service-account-controller',
  'endpoints-controller': 'endpoint-controller',
  'endpointslice-mirroring-controller': 'endpointslicemirroring-controller',
  'garbage-collector-controller': 'generic-garbage-collector',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
  'node-lifecycle-controller': 'node-controller',
  'taint-eviction-controller': 'node-controller',
  'daemonset-controller': 'daemon-set-controller',
  'replicationcontroller-controller': 'replication-controller',
  'persistentvolume-binder-controller': 'persistent-volume-binder',
  'persistentvolumeclaim-protection-controller': 'pvc-protection-controller',
  'persistentvolume-protection-controller': 'pv-protection-controller',
  'node-ipam-controller': 'node-controller',
  'pod-garbage-collector-controller': 'pod-garbage-collector',
  'ttl-after-finished-controller': 'ttl-after-finished-controller',
  'service-lb-controller': 'service-controller',
}

export function startComponents(options: ComponentOptions): AsyncDisposable {
  const { server, world, log, health } = options
  const stop = new AbortController()
  const clientAs = (name: string, groups: readonly string[]): Client =>
    createClient(server.transport({ name, groups: [...groups, 'system:authenticated'] }))
  const shared = { clock: world.clock, random: world.random }

  const manager = startControllerManager(
    {
      ...shared,
      log: log.named('kube-controller-manager'),
      client: clientAs('system:kube-controller-manager', []),
      clientOf: (name) =>
        clientAs(
          `system:serviceaccount:kube-system:${accounts[name] ?? name}`,
          serviceAccountGroups,
        ),
      options: {
        rootCa: options.rootCa,
        clusterCidr: options.clusterCidr,
        ...(options.serviceCidr !== undefined && { serviceCidr: options.serviceCidr }),
        ...(options.signToken !== undefined && { signToken: options.signToken }),
        ...(options.signing !== undefined && { signing: options.signing }),
        legacyTokensKeptMs: options.legacyTokensKeptMs,
        controllers: options.controllers,
      },
    },
    stop.signal,
  )
  manager.started.then(
    () => health.set('controller-manager', undefined),
    (error: unknown) => health.set('controller-manager', String(error)),
  )

  const schedulerClient = clientAs('system:kube-scheduler', [])
  const schedulerLog = log.named('kube-scheduler')
  const recorder = startEventRecorder({
    client: schedulerClient,
    clock: world.clock,
    log: schedulerLog,
    component: 'default-scheduler',
  })
  health.set('scheduler', undefined)
  const scheduling = runScheduler(
    { ...shared, client: schedulerClient, log: schedulerLog, recorder },
    stop.signal,
  ).catch((error: unknown) => {
    health.set('scheduler', String(error))
    if (!stop.signal.aborted) throw error
  })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all([scheduling, manager[Symbol.asyncDispose]()])
      await recorder[Symbol.asyncDispose]()
    },
  }
}

const serviceAccountGroups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system']
