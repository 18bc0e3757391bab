/** Requests to the streaming subresources of a pod. */
import type { Pod } from '#kubectl/pods/pod.ts'
import type { RestRequest } from '#kubectl/rest/rest-client.ts'

export interface StreamQuery {
  readonly container: string
  readonly command?: readonly string[]
  readonly stdin: unknown
  readonly stdout: unknown
  readonly stderr: unknown
  readonly tty: boolean
}

/** PodExecOptions and PodAttachOptions as a query: a stream that is there is asked for. */
export function podRequest(pod: Pod, what: 'exec' | 'attach', query: StreamQuery): RestRequest {
  const { container, command, stdin, stdout, stderr, tty } = query
  const on = (name: string, value: unknown) =>
    value === undefined || value === false ? {} : { [name]: 'true' }
  return {
    path: subresourcePath(pod, what),
    query: {
      container,
      ...(command !== undefined && { command }),
      ...on('stdin', stdin),
      ...on('stdout', stdout),
      ...on('stderr', stderr),
      ...on('tty', tty),
    },
  }
}

export function subresourcePath({ metadata }: Pod, what: string): string {
  const { namespace = '', name = '' } = metadata ?? {}
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/${what}`
}
