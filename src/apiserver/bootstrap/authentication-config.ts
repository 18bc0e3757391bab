/**
 * The ConfigMap from which extension servers learn whom to trust.
 * Upstream: pkg/controlplane/controller/clusterauthenticationtrust, v1.36.
 */
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { configmaps } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { ensure } from './ensure.ts'

export interface Trust {
  /** PEM. */
  readonly clientCa: string | undefined
  readonly requestHeader:
    | { readonly clientCa: string; readonly allowedNames: readonly string[] }
    | undefined
}

const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }

export async function publishTrust(objects: Objects, trust: Trust): Promise<void> {
  const data = trustData(trust)
  await ensure(objects, configmaps, place, { metadata: place, data })
  await objects.modify(configmaps, place, (config: ConfigMap) => {
    const missing = Object.entries(data).filter(([key, value]) => config.data?.[key] !== value)
    if (missing.length === 0) return false
    config.data = { ...config.data, ...Object.fromEntries(missing) }
    return true
  })
}

function trustData({ clientCa, requestHeader }: Trust): Record<string, string> {
  return {
    ...(clientCa !== undefined && { 'client-ca-file': clientCa }),
    ...(requestHeader !== undefined && {
      'requestheader-allowed-names': JSON.stringify(requestHeader.allowedNames),
      'requestheader-client-ca-file': requestHeader.clientCa,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    }),
  }
}
