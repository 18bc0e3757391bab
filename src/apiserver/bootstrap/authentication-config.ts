/**
 * The ConfigMap from which extension servers learn whom to trust.
 * Upstream: pkg/controlplane/controller/clusterauthenticationtrust, v1.36.
 */
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { configmaps } from '#api/resources.gen.ts'
import type { RequestHeaderOptions } from '#apiserver/authentication/request-header.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { ensure } from './ensure.ts'

export interface Trust {
  /** PEM. */
  readonly clientCa: string | undefined
  readonly requestHeader: RequestHeaderOptions | undefined
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
    ...(requestHeader !== undefined && requestHeaderData(requestHeader)),
  }
}

function requestHeaderData(options: RequestHeaderOptions): Record<string, string> {
  return {
    'requestheader-allowed-names': JSON.stringify(options.allowedNames),
    'requestheader-client-ca-file': options.clientCa,
    'requestheader-extra-headers-prefix': JSON.stringify(options.extraPrefixes),
    'requestheader-group-headers': JSON.stringify(options.groupHeaders),
    'requestheader-uid-headers': JSON.stringify(options.uidHeaders),
    'requestheader-username-headers': JSON.stringify(options.usernameHeaders),
  }
}
