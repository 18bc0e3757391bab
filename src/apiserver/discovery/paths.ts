/**
 * `/api`, `/apis` and what lies below them until the resources begin. Documents are made when first asked
 * for and kept until a resource comes or goes.
 */
import { createHash } from 'node:crypto'
import { genericServerResponse } from '#api/meta/status.ts'
import type { Answer, RawAnswer } from '#apiserver/http/answer.ts'
import type { PathHandler } from '#apiserver/http/dispatch.ts'
import type { Incoming } from '#apiserver/http/incoming.ts'
import { contentTypes, parseAccept } from '#apiserver/http/media-type.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import { groupDiscoveryList } from './aggregated.ts'
import type { DiscoveryVersion } from './aggregated.ts'
import { servedGroups } from './groups.ts'
import type { RemoteVersions, ServedGroup } from './groups.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts'

export interface DiscoveryOptions {
  readonly table: ResourceTable
  /** Of the servers behind this one. */
  readonly remote: RemoteVersions
  /** `192.0.2.2:6443`, for clients that ask how to reach the server. */
  serverAddress(): string
}

export function discoveryPaths(options: DiscoveryOptions): PathHandler {
  const documents = new Documents(options)
  return (request) => {
    const [root, group, version, ...rest] = request.info.path.split('/').filter(Boolean)
    if ((root !== 'api' && root !== 'apis') || rest.length > 0) return undefined
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw genericServerResponse({ code: 405 })
    }
    const groups = documents.groups
    const core = groups.filter(({ name }) => name === '')
    const others = groups.filter(({ name }) => name !== '')
    if (group === undefined) {
      const aggregated = wantedForm(request.headers.accept)
      const listed = root === 'api' ? core : others
      if (aggregated !== undefined) return documents.aggregated(request, root, listed, aggregated)
      if (root === 'apis') return value(apiGroupList(others))
      return core.map((found) => value(apiVersions(found, options.serverAddress())))[0]
    }
    return root === 'api'
      ? version === undefined
        ? resourceList(core[0], group)
        : undefined
      : groupDocument(others, group, version)
  }
}

function groupDocument(
  groups: readonly ServedGroup[],
  name: string,
  version: string | undefined,
): Answer | undefined {
  const group = groups.find((served) => served.name === name)
  if (group === undefined) return undefined
  if (version !== undefined) return resourceList(group, version)
  return value({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) })
}

function resourceList(group: ServedGroup | undefined, version: string): Answer | undefined {
  const served = group?.versions.find((candidate) => candidate.version === version)
  if (group === undefined || served === undefined || served.remote !== undefined) return undefined
  return value(apiResourceList(group.name, served))
}

function value(document: object): Answer {
  return { type: 'value', status: 200, value: document }
}

interface Wanted {
  readonly version: DiscoveryVersion
  readonly encoding: 'json' | 'protobuf'
}

/** The first acceptable form decides; undefined: the unaggregated one. */
function wantedForm(accept: string | undefined): Wanted | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const encoding = type === contentTypes.protobuf ? 'protobuf' : 'json'
    if (encoding === 'json' && type !== contentTypes.json && type !== '*/*') continue
    const { as, g, v } = parameters
    if (as === undefined) return undefined
    if (as !== 'APIGroupDiscoveryList' || g !== 'apidiscovery.k8s.io') continue
    if (v === 'v2' || v === 'v2beta1') return { version: v, encoding }
  }
  return undefined
}

class Documents {
  readonly #options: DiscoveryOptions
  #generation = ''
  #groups: readonly ServedGroup[] = []
  readonly #encoded = new Map<string, { readonly etag: string; readonly body: Buffer }>()

  constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  get groups(): readonly ServedGroup[] {
    const { table, remote } = this.#options
    const generation = `${table.generation} ${remote.generation}`
    if (this.#generation !== generation) {
      this.#generation = generation
      this.#groups = servedGroups(table, remote)
      this.#encoded.clear()
    }
    return this.#groups
  }

  async aggregated(
    request: Incoming,
    root: string,
    groups: readonly ServedGroup[],
    { version, encoding }: Wanted,
  ): Promise<RawAnswer> {
    const key = `${root} ${version} ${encoding}`
    let known = this.#encoded.get(key)
    if (known === undefined) {
      const generation = this.#generation
      const body = await encoded(groupDiscoveryList(groups, version), encoding)
      const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`
      known = { etag, body }
      if (generation === this.#generation) this.#encoded.set(key, known)
    }
    const isKnown = request.headers['if-none-match'] === known.etag
    return {
      type: 'raw',
      status: isKnown ? 304 : 200,
      headers: {
        'content-type': `${contentTypes[encoding]};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
        etag: known.etag,
        vary: 'Accept',
        'cache-control': 'public',
      },
      body: isKnown ? '' : known.body,
    }
  }
}

async function encoded(document: object, encoding: Wanted['encoding']): Promise<Buffer> {
  if (encoding === 'json') return Buffer.from(`${JSON.stringify(document)}\n`)
  const { encodeGroupDiscoveryList } = await import('./aggregated-protobuf.ts')
  return encodeGroupDiscoveryList(document)
}
