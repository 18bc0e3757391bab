/** Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/config/kubeconfig.go, v1.36. */
import { isAbsolute } from 'node:path'
import { decodeConfigValue, struct, text } from '#api/config-type.ts'
import { invalidValue, message } from '#api/meta/field-error.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'

const type = struct('v1.WebhookAdmission', { kubeConfigFile: text })
const kinds = [
  {
    kind: 'WebhookAdmissionConfiguration',
    apiVersions: ['apiserver.config.k8s.io/v1'],
    type,
  },
  { kind: 'WebhookAdmission', apiVersions: ['apiserver.config.k8s.io/v1alpha1'], type },
] as const

/** The path of the kubeconfig. Throws UserError, ConfigError or DecodeError. */
export function decodeWebhookAdmission(value: unknown, plugin: string): string {
  const head = (value ?? {}) as { readonly kind?: string }
  const kind = kinds.find((one) => one.kind === head.kind) ?? kinds[0]
  const { kubeConfigFile = '' } = decodeConfigValue<{ kubeConfigFile?: string }>(value, kind)
  if (isAbsolute(kubeConfigFile)) return kubeConfigFile
  const detail = 'must be an absolute file path'
  throw initFailure(plugin, message(invalidValue('kubeConfigFile', kubeConfigFile, detail)))
}
