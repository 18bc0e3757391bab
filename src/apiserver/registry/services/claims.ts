/**
 * What Services hold, as the whole cluster sees it: an IPAddress object per cluster IP, one bitmap of all
 * node ports. Of several API servers over one store, one gets what two ask for.
 * Upstream: pkg/registry/core/service/ipallocator/ipallocator.go,
 * pkg/registry/core/service/allocator/storage/storage.go, v1.36.
 */
import type { IPAddress, ParentReference } from '#api/networking/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { ipaddresses } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Storage } from '#storage/storage.ts'
import { PortBitmap } from './port-bitmap.ts'

/** Which Service holds something. */
export interface Holder {
  readonly namespace: string
  readonly name: string
}

export interface Claims {
  /** False: somebody has it. */
  takeAddress(ip: string, holder: Holder): Promise<boolean>
  freeAddress(ip: string): Promise<void>
  /** False: somebody has it. */
  takePort(port: number): Promise<boolean>
  freePorts(ports: readonly number[]): Promise<void>
  /** All that are taken. */
  ports(): Promise<ReadonlySet<number>>
}

export interface ClaimsOptions {
  readonly objects: Objects
  readonly storage: Storage
  readonly nodePortRange: { readonly first: number; readonly last: number }
}

/** Upstream: ControllerName in ipallocator.go. */
const managedBy = 'ipallocator.k8s.io'

export function createClaims({ objects, storage, nodePortRange }: ClaimsOptions): Claims {
  const bitmap = new PortBitmap(storage, nodePortRange)
  return {
    async takeAddress(ip, holder) {
      try {
        await objects.create(ipaddresses, '', addressOf(ip, holder))
        return true
      } catch (error) {
        if (isStatus(error, 'AlreadyExists')) return false
        throw error
      }
    },
    async freeAddress(ip) {
      try {
        await objects.delete(ipaddresses, '', ip)
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error
      }
    },
    takePort: (port) => bitmap.take(port),
    freePorts: (ports) => (ports.length === 0 ? Promise.resolve() : bitmap.free(ports)),
    ports: () => bitmap.taken(),
  }
}

function addressOf(ip: string, { namespace, name }: Holder) {
  const family = ip.includes(':') ? 'IPv6' : 'IPv4'
  return {
    metadata: {
      name: ip,
      labels: {
        'ipaddress.kubernetes.io/ip-family': family,
        'ipaddress.kubernetes.io/managed-by': managedBy,
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  }
}

/** The Service that an address of ours is for; undefined: it is not ours. */
export function holderOf({ metadata, spec }: IPAddress): Holder | undefined {
  if (metadata.labels?.['ipaddress.kubernetes.io/managed-by'] !== managedBy) return undefined
  const parent: ParentReference | undefined = spec?.parentRef
  if (parent?.resource !== 'services') return undefined
  return { namespace: parent.namespace ?? '', name: parent.name }
}
