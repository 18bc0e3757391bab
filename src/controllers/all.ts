/** Every controller of the controller manager, and how it starts. */
import { bootstrapSignerController } from './bootstrap-signer/controller.ts'
import type { AnyController } from './controller.ts'
import { certificateApprovingController } from './certificate-signing-request/approving.ts'
import { certificateCleanerController } from './certificate-signing-request/cleaner.ts'
import type { SigningOptions } from './certificate-signing-request/signing.ts'
import { certificateSigningController } from './certificate-signing-request/signing.ts'
import { cronJobController } from './cron-job/controller.ts'
import { daemonSetController } from './daemon-set/controller.ts'
import { deploymentController } from './deployment/controller.ts'
import { disruptionController } from './disruption/controller.ts'
import { endpointSliceController } from './endpoint-slice/controller.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/controller.ts'
import { endpointsController } from './endpoints/controller.ts'
import { garbageCollector } from './garbage-collector/controller.ts'
import { jobController } from './job/controller.ts'
import { legacyServiceAccountTokenCleaner } from './legacy-service-account-token-cleaner/controller.ts'
import { choiceOf } from './names.ts'
import { namespaceController } from './namespace/controller.ts'
import { persistentVolumeBinder } from './persistent-volume-binder/controller.ts'
import { podGarbageCollector } from './pod-garbage-collector/controller.ts'
import { replicaSetController } from './replica-set/controller.ts'
import { replicationControllerController } from './replication-controller/controller.ts'
import { rootCaCertPublisher } from './root-ca-cert-publisher/controller.ts'
import { nodeIpamController } from './node-ipam/controller.ts'
import { nodeLifecycleController } from './node-lifecycle/controller.ts'
import type { RunningControllers, RuntimeOptions } from './runtime.ts'
import { startControllers } from './runtime.ts'
import { serviceAccountController } from './service-account/controller.ts'
import type { SignToken } from './service-account-token/controller.ts'
import { serviceAccountTokenController } from './service-account-token/controller.ts'
import { serviceLbController } from './service-lb/controller.ts'
import { statefulSetController } from './stateful-set/controller.ts'
import { taintEvictionController } from './taint-eviction/controller.ts'
import { tokenCleanerController } from './token-cleaner/controller.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/controller.ts'
import { validatingAdmissionPolicyStatusController } from './validating-admission-policy-status/controller.ts'
import {
  claimProtectionController,
  volumeProtectionController,
} from './volume-protection/controller.ts'

/** Controllers that need no configuration. */
export const controllers: readonly AnyController[] = [
  serviceAccountController,
  namespaceController,
  deploymentController,
  replicaSetController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  garbageCollector,
  nodeLifecycleController,
  taintEvictionController,
  serviceLbController,
  replicationControllerController,
  daemonSetController,
  statefulSetController,
  jobController,
  cronJobController,
  podGarbageCollector,
  ttlAfterFinishedController,
  disruptionController,
  persistentVolumeBinder,
  claimProtectionController,
  volumeProtectionController,
  validatingAdmissionPolicyStatusController,
  certificateApprovingController,
  certificateCleanerController,
  bootstrapSignerController,
  tokenCleanerController,
]

export interface ControllerManagerOptions {
  /** PEM of the authority that signed the API server's certificate; absent: it is not published. */
  readonly rootCa?: string
  /** Signs tokens that are asked for by Secret; absent: such Secrets stay empty. */
  readonly signToken?: SignToken
  /** --cluster-signing-*; absent: approved certificate requests stay unsigned. */
  readonly signing?: SigningOptions
  /** --cluster-cidr: one range, or one of each family with a comma; absent: nodes get no addresses. */
  readonly clusterCidr?: string
  /** --service-cluster-ip-range, so that nodes get none of those. */
  readonly serviceCidr?: string
  /** `--legacy-service-account-token-clean-up-period`; default: upstream's, a year. */
  readonly legacyTokensKeptMs?: number
  /**
   * As upstream's --controllers: names to run, `*` for those that run by default, `-name` to leave one
   * out. Default `['*']`.
   */
  readonly controllers?: readonly string[]
}

/** Starts the controller manager; throws when an option makes no sense. It stops when `signal` aborts or the answer is disposed. */
export function startControllerManager(
  runtime: RuntimeOptions & { readonly options: ControllerManagerOptions },
  signal: AbortSignal,
): RunningControllers {
  const { options } = runtime
  const isChosen = choiceOf(options.controllers ?? ['*'])
  const chosen = configured(options).filter(({ name }) => isChosen(name))
  return startControllers(runtime, chosen, signal)
}

const yearMs = 365 * 24 * 3_600_000

function configured(options: ControllerManagerOptions): readonly AnyController[] {
  const { rootCa, signToken, signing, clusterCidr, serviceCidr } = options
  const { legacyTokensKeptMs = yearMs } = options
  const ca = rootCa === undefined ? {} : { rootCa }
  return [
    ...controllers,
    legacyServiceAccountTokenCleaner(legacyTokensKeptMs),
    ...(rootCa === undefined ? [] : [rootCaCertPublisher(rootCa)]),
    ...(signToken === undefined ? [] : [serviceAccountTokenController({ sign: signToken, ...ca })]),
    ...(signing === undefined ? [] : [certificateSigningController(signing)]),
    ...(clusterCidr === undefined ? [] : [ipam(clusterCidr, serviceCidr)]),
  ]
}

function ipam(clusterCidr: string, serviceCidr: string | undefined): AnyController {
  const ranges = (text = '') => text.split(',').filter((range) => range !== '')
  return nodeIpamController({
    clusterCidrs: ranges(clusterCidr),
    serviceCidrs: ranges(serviceCidr),
  })
}
