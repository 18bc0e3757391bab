/** What `--admission-control-config-file` says, plugin by plugin. */
import { UserError } from '#base/user-error.ts'
import type { EventLimit } from './event-rate-limit/configuration.ts'
import type { ImagePolicyOptions } from './image-policy/configuration.ts'
import type { NodeSelectors } from './pod-node-selector.ts'
import type { PodSecurityConfiguration } from './pod-security/configuration.ts'
import type { PodTolerationConfiguration } from './pod-tolerations/configuration.ts'
import type { LimitedResource } from './quota/configuration.ts'
import type { CredentialsFor } from './webhooks/credentials.ts'

/** Absent: the file says nothing of the plugin. */
export interface AdmissionConfigurations {
  readonly eventRateLimit?: readonly EventLimit[]
  readonly imagePolicyWebhook?: ImagePolicyOptions
  readonly podNodeSelector?: NodeSelectors
  readonly podTolerationRestriction?: PodTolerationConfiguration
  readonly podSecurity?: PodSecurityConfiguration
  readonly resourceQuota?: readonly LimitedResource[]
  readonly mutatingWebhooks?: CredentialsFor
  readonly validatingWebhooks?: CredentialsFor
}

/** A plugin that cannot start as it is configured. */
export function initFailure(plugin: string, why: string): UserError {
  return new UserError(`couldn't init admission plugin ${JSON.stringify(plugin)}: ${why}`)
}
