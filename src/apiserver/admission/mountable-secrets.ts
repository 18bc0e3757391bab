/**
 * Accounts with the (deprecated) annotation let their pods use only the secrets that they list.
 * Upstream: plugin/pkg/admission/serviceaccount/admission.go, limitSecretReferences.
 */
import type { Container, Pod, ServiceAccount } from '#api/core/v1.gen.ts'

const annotation = 'kubernetes.io/enforce-mountable-secrets'

/** What is against the pod, the first objection first; nothing without the annotation. */
export function* secretObjections(account: ServiceAccount, pod: Pod): Generator<string> {
  if (account.metadata.annotations?.[annotation] !== 'true') return
  const mountable = new Set((account.secrets ?? []).map(({ name }) => name))
  const { name: accountName } = account.metadata
  const because = `because service account ${accountName} does not reference that`
  for (const { secret } of pod.spec?.volumes ?? []) {
    if (secret === undefined || mountable.has(secret.secretName)) continue
    yield `volume with secret.secretName="${secret.secretName ?? ''}" is not allowed ${because} secret`
  }
  const kinds = [
    ['init container', pod.spec?.initContainers],
    ['container', pod.spec?.containers],
    ['ephemeral container', pod.spec?.ephemeralContainers],
  ] as const
  for (const [kind, containers] of kinds) {
    for (const [container, variable, secret] of variables(containers ?? [])) {
      if (mountable.has(secret)) continue
      yield `${kind} ${container} with envVar ${variable} referencing secret.secretName="${secret}" is not allowed ${because} secret`
    }
  }
  const pullable = new Set((account.imagePullSecrets ?? []).map(({ name }) => name))
  for (const [at, { name = '' }] of (pod.spec?.imagePullSecrets ?? []).entries()) {
    if (pullable.has(name)) continue
    yield `imagePullSecrets[${at}].name="${name}" is not allowed ${because} imagePullSecret`
  }
}

/** Container, variable and secret of each variable that is read from a secret. */
function variables(
  containers: readonly Pick<Container, 'name' | 'env'>[],
): (readonly [string, string, string])[] {
  return containers.flatMap(({ name, env }) =>
    (env ?? []).flatMap((variable) => {
      const ref = variable.valueFrom?.secretKeyRef
      return ref === undefined ? [] : [[name, variable.name, ref.name ?? ''] as const]
    }),
  )
}
