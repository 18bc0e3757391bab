import { badRequest } from '#api/meta/status.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'

/** Exec and its kin without an upgrade: there is nothing to stream over. */
export const upgradeRequired: Endpoint = () => {
  throw badRequest('Upgrade request required')
}
