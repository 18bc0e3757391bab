import type { EndpointAnswer } from '#apiserver/http/endpoint.ts'

/** A Status that says it went well. */
export function succeeded(code: number): EndpointAnswer {
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code }
  return { type: 'object', status: code, object }
}
