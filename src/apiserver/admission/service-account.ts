/**
 * Every pod runs as a service account and finds its token, the cluster's CA and its namespace.
 * Upstream: plugin/pkg/admission/serviceaccount/admission.go.
 */
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '#api/core/v1.gen.ts'
import { generateName } from '#api/meta/names.ts'
import { isMirrorPod } from '#api/meta/pods.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { pods, serviceaccounts } from '#api/resources.gen.ts'
import { podReferences } from '#api/core/pod-references.ts'
import type { AdmissionDeps } from './create-admission.ts'
import { secretObjections } from './mountable-secrets.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, isOf, refusal } from './refusal.ts'

const defaultAccount = 'default'
const volumePrefix = 'kube-api-access-'
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const tokenSeconds = 60 * 60 + 7

/** A new namespace's default account is made by a controller: pods wait this long for it. */
const defaultAccountWaitMs = 1_500

export function serviceAccount(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: (request) =>
      (request.operation === 'CREATE' && isAbout(request, pods)) ||
      (request.operation === 'UPDATE' &&
        request.subresource === 'ephemeralcontainers' &&
        isOf(request, pods)),
    async admit(request) {
      const pod = request.object as Pod
      if (request.operation !== 'CREATE' || pod.spec === undefined || isMirrorPod(pod)) return
      const name = pod.spec.serviceAccountName || defaultAccount
      pod.spec.serviceAccountName = name
      pod.spec.serviceAccount = name // the old name of the field, always shown
      const account = await requireAccount(deps, request, name)
      const wanted = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken
      if (wanted ?? true) mountToken(pod.spec, () => generateName(volumePrefix, deps.random))
      const pullSecrets = account.imagePullSecrets ?? []
      if ((pod.spec.imagePullSecrets ?? []).length === 0 && pullSecrets.length > 0) {
        pod.spec.imagePullSecrets = structuredClone(pullSecrets)
      }
    },
    async validate(request) {
      const pod = request.object as Pod
      if (isMirrorPod(pod)) return refuseReferences(request, pod)
      const name = pod.spec?.serviceAccountName ?? ''
      if (name === '') {
        const where = `${request.namespace}/${pod.metadata.name}`
        throw refusal(request, `no service account specified for pod ${where}`)
      }
      const account = await requireAccount(deps, request, name)
      const [objection] = secretObjections(account, pod)
      if (objection !== undefined) throw refusal(request, objection)
    },
  }
}

async function requireAccount(
  deps: AdmissionDeps,
  request: AdmissionRequest,
  name: string,
): Promise<ServiceAccount> {
  const { namespace } = request
  const find = () => deps.objects().get(serviceaccounts, namespace, name)
  const found = find() ?? (name === defaultAccount ? await awaitAccount(deps, find) : undefined)
  if (found !== undefined) return found
  throw refusal(
    request,
    `error looking up service account ${namespace}/${name}: serviceaccount ${goQuote(name)} not found`,
  )
}

/** Resolves when it is there, or with undefined when it takes too long. */
async function awaitAccount(
  { objects, clock }: AdmissionDeps,
  find: () => ServiceAccount | undefined,
): Promise<ServiceAccount | undefined> {
  const arrival = Promise.withResolvers<ServiceAccount | undefined>()
  using _subscription = objects().subscribe(serviceaccounts, () => {
    const found = find()
    if (found !== undefined) arrival.resolve(found)
  })
  using _timer = clock.after(defaultAccountWaitMs, () => arrival.resolve(find()))
  return await arrival.promise
}

function mountToken(spec: PodSpec, newName: () => string): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix))?.name
  const without = [...(spec.initContainers ?? []), ...spec.containers].filter(
    (container) => !container.volumeMounts?.some((mount) => mount.mountPath === mountPath),
  )
  if (without.length === 0) return
  const name = existing ?? newName()
  for (const container of without) addMount(container, name)
  if (existing === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

function addMount(container: Container, name: string): void {
  const mount = { name, readOnly: true, mountPath }
  container.volumeMounts = [...(container.volumeMounts ?? []), mount]
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [
              {
                path: 'namespace',
                fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
              },
            ],
          },
        },
      ],
      defaultMode: 0o644,
    },
  }
}

/** A mirror pod stands for one that runs without the server's help. */
function refuseReferences(request: AdmissionRequest, pod: Pod): void {
  if ((pod.spec?.serviceAccountName ?? '') !== '') {
    throw refusal(request, 'a mirror pod may not reference service accounts')
  }
  if (podReferences(pod).some(({ type }) => type === 'secrets')) {
    throw refusal(request, 'a mirror pod may not reference secrets')
  }
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? [])
  if (sources.some((source) => source.serviceAccountToken !== undefined)) {
    throw refusal(request, 'a mirror pod may not use ServiceAccountToken volume projections')
  }
}
