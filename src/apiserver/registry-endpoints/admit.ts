import type { ApiObject } from '#api/resource-type.ts'
import type { EndpointRequest } from '#apiserver/http/endpoint.ts'

/** Admission's word on what was posted, which it may change; throws a StatusError to refuse. */
export type Admit = (request: EndpointRequest, object: ApiObject) => Promise<void>
