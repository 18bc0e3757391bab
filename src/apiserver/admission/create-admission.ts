/**
 * The admission plugins in upstream's order, and which of them are on.
 * Upstream: pkg/kubeapiserver/options/plugins.go.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'
import type { Authorizer } from '#apiserver/authorization/authorizer.ts'
import type { Locate } from '#apiserver/aggregator/locate.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  clusterTrustBundleAttest,
} from './certificates.ts'
import type { AdmissionConfigurations } from './configurations.ts'
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { denyServiceExternalIps } from './deny-service-external-ips.ts'
import { eventRateLimit } from './event-rate-limit/event-rate-limit.ts'
import { imagePolicyWebhook } from './image-policy/image-policy-webhook.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import {
  alwaysAdmit,
  alwaysDeny,
  alwaysPullImages,
  extendedResourceToleration,
  limitPodHardAntiAffinityTopology,
  namespaceAutoProvision,
  namespaceExists,
} from './occasional.ts'
import { ownerReferencesPermissionEnforcement } from './owner-references.ts'
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { mutatingPolicies } from './policies/mutating.ts'
import { validatingPolicies } from './policies/validating.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { podTolerationRestriction } from './pod-tolerations/pod-toleration-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { QuotaLedger } from './quota/ledger.ts'
import { resourceQuota } from './quota/resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'
import { mutatingWebhooks } from './webhooks/mutating.ts'
import { validatingWebhooks } from './webhooks/validating.ts'

export interface AdmissionDeps {
  readonly objects: () => Objects
  readonly authorizer: () => Authorizer
  readonly clock: Clock
  readonly log: Logger
  /** A number in [0, 1), as Math.random. */
  readonly random: () => number
  /** A new UUID. */
  readonly uid: () => string
  /** `--default-not-ready-toleration-seconds` and its sibling. */
  readonly tolerationSeconds?: { readonly notReady: number; readonly unreachable: number }
  /** `--admission-control-config-file` */
  readonly configurations?: AdmissionConfigurations
  /** `--enable-aggregator-routing`: where the addresses behind a Service are. */
  readonly locate?: Locate
}

export interface PluginChoice {
  /** `--enable-admission-plugins` and `--disable-admission-plugins` */
  readonly enable: readonly string[]
  readonly disable: readonly string[]
}

export interface Admission extends AsyncDisposable {
  readonly plugins: readonly AdmissionPlugin[]
}

type Make = (deps: AdmissionDeps, ledger: () => QuotaLedger) => AdmissionPlugin

interface Row {
  readonly name: string
  readonly byDefault: boolean
  readonly make: Make
}

const on = (name: string, make: Make): Row => ({ name, byDefault: true, make })
const off = (name: string, make: Make): Row => ({ name, byDefault: false, make })

const rows: readonly Row[] = [
  off('AlwaysAdmit', alwaysAdmit),
  off('NamespaceAutoProvision', namespaceAutoProvision),
  on('NamespaceLifecycle', namespaceLifecycle),
  off('NamespaceExists', namespaceExists),
  off('LimitPodHardAntiAffinityTopology', limitPodHardAntiAffinityTopology),
  on('LimitRanger', limitRanger),
  on('ServiceAccount', serviceAccount),
  off('NodeRestriction', nodeRestriction),
  on('TaintNodesByCondition', taintNodesByCondition),
  off('AlwaysPullImages', alwaysPullImages),
  off('ImagePolicyWebhook', imagePolicyWebhook),
  on('PodSecurity', podSecurity),
  off('PodNodeSelector', podNodeSelector),
  on('Priority', priority),
  on('DefaultTolerationSeconds', defaultTolerationSeconds),
  off('PodTolerationRestriction', podTolerationRestriction),
  off('EventRateLimit', eventRateLimit),
  off('ExtendedResourceToleration', extendedResourceToleration),
  on('DefaultStorageClass', defaultStorageClass),
  on('StorageObjectInUseProtection', storageObjectInUseProtection),
  off('OwnerReferencesPermissionEnforcement', ownerReferencesPermissionEnforcement),
  on('PersistentVolumeClaimResize', persistentVolumeClaimResize),
  on('RuntimeClass', runtimeClass),
  on('CertificateApproval', certificateApproval),
  on('CertificateSigning', certificateSigning),
  on('ClusterTrustBundleAttest', clusterTrustBundleAttest),
  on('CertificateSubjectRestriction', certificateSubjectRestriction),
  on('DefaultIngressClass', defaultIngressClass),
  on('PodTopologyLabels', podTopologyLabels),
  off('DenyServiceExternalIPs', denyServiceExternalIps),
  on('MutatingAdmissionPolicy', mutatingPolicies),
  on('MutatingAdmissionWebhook', mutatingWebhooks),
  on('ValidatingAdmissionPolicy', validatingPolicies),
  on('ValidatingAdmissionWebhook', validatingWebhooks),
  on('ResourceQuota', (deps, ledger) =>
    resourceQuota(ledger(), deps.clock, deps.configurations?.resourceQuota),
  ),
  off('AlwaysDeny', alwaysDeny),
]

/** Throws UserError, with upstream's words, for names that cannot be switched. */
export function createAdmission(deps: AdmissionDeps, choice: PluginChoice): Admission {
  refuseUnknown(choice)
  let ledger: QuotaLedger | undefined
  const open = (): QuotaLedger => {
    ledger ??= new QuotaLedger({ objects: deps.objects(), clock: deps.clock, log: deps.log })
    return ledger
  }
  const plugins = rows
    .filter(({ name, byDefault }) => isOn(name, byDefault, choice))
    .map(({ make }) => make(deps, open))
  return {
    plugins,
    async [Symbol.asyncDispose]() {
      for (const plugin of plugins) plugin[Symbol.dispose]?.()
      await ledger?.[Symbol.asyncDispose]()
    },
  }
}

function isOn(name: string, byDefault: boolean, { enable, disable }: PluginChoice): boolean {
  return byDefault ? !disable.includes(name) : enable.includes(name)
}

function refuseUnknown({ enable, disable }: PluginChoice): void {
  const both = enable.filter((name) => disable.includes(name))
  if (both.length > 0) {
    throw new UserError(
      `[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`,
    )
  }
  const flags = [
    ['enable-admission-plugins', enable],
    ['disable-admission-plugins', disable],
  ] as const
  for (const [flag, names] of flags) {
    const unknown = names.find((name) => !rows.some((row) => row.name === name))
    if (unknown !== undefined) {
      throw new UserError(`${flag} plugin ${JSON.stringify(unknown)} is unknown`)
    }
  }
}
