/** Asks a server what it serves. */
import type { APIGroupList, APIResource, APIResourceList, APIVersions } from '#api/meta/v1.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import type { Transport } from './transport.ts'

export interface DiscoveredResource extends ResourceType {
  readonly verbs: readonly string[]
}

export interface Discovery {
  /** Every resource once, in its group's preferred version; no subresources. */
  readonly resources: readonly DiscoveredResource[]
  /** Group versions that did not answer: an aggregated API that is down. */
  readonly failures: readonly { readonly groupVersion: string; readonly error: Error }[]
}

/**
 * The server's preferred resources. A resource that only an older version of its group has is found there.
 * Rejects when the server does not list its groups; single groups may fail.
 * Upstream: client-go/discovery, ServerPreferredResources.
 */
export async function discoverPreferred(
  transport: Transport,
  signal: AbortSignal,
): Promise<Discovery> {
  const groups = await groupVersions(transport, signal)
  const lists = await Promise.all(
    groups.map(({ path, groupVersion }) => resourcesOf(transport, { path, groupVersion, signal })),
  )
  const resources = new Map<string, DiscoveredResource>()
  const failures: { groupVersion: string; error: Error }[] = []
  for (const [at, { groupVersion }] of groups.entries()) {
    const list = lists[at]
    if (list instanceof Error) failures.push({ groupVersion, error: list })
    for (const resource of list instanceof Error ? [] : (list ?? [])) {
      const key = `${resource.group}/${resource.resource}`
      if (!resources.has(key)) resources.set(key, resource)
    }
  }
  return { resources: [...resources.values()], failures }
}

/** In order of preference within each group. */
async function groupVersions(
  transport: Transport,
  signal: AbortSignal,
): Promise<{ path: string; groupVersion: string }[]> {
  const get = async (path: string) =>
    (await transport.request({ method: 'GET', path, signal })).body
  const [core, named] = await Promise.all([get('/api'), get('/apis')])
  const found = (core as APIVersions).versions.map((version) => ({
    path: `/api/${version}`,
    groupVersion: version,
  }))
  for (const { versions, preferredVersion } of (named as APIGroupList).groups) {
    const preferred = preferredVersion?.groupVersion
    const ordered = versions.map(({ groupVersion }) => groupVersion)
    ordered.sort((a, b) => Number(b === preferred) - Number(a === preferred))
    for (const groupVersion of ordered) found.push({ path: `/apis/${groupVersion}`, groupVersion })
  }
  return found
}

async function resourcesOf(
  transport: Transport,
  at: { path: string; groupVersion: string; signal: AbortSignal },
): Promise<DiscoveredResource[] | Error> {
  try {
    const { path, signal } = at
    const { body } = await transport.request({ method: 'GET', path, signal })
    return ((body as APIResourceList).resources ?? [])
      .filter(({ name }) => !name.includes('/'))
      .map((resource) => discovered(resource, at.groupVersion))
  } catch (error) {
    if (at.signal.aborted) throw error
    return error instanceof Error ? error : new Error(String(error))
  }
}

function discovered(resource: APIResource, groupVersion: string): DiscoveredResource {
  const { name, kind, namespaced, verbs } = resource
  const slash = groupVersion.indexOf('/')
  return {
    group: resource.group ?? groupVersion.slice(0, Math.max(slash, 0)),
    version: resource.version ?? groupVersion.slice(slash + 1),
    resource: name,
    kind,
    namespaced,
    verbs: verbs ?? [],
  }
}
