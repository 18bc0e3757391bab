/** `pods/log`: the kubelet's text, passed on as it comes. */
import type { IncomingMessage } from 'node:http'
import { invalidValue, forbiddenField, type FieldError } from '#api/meta/field-error.ts'
import { invalid } from '#api/meta/status.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import {
  askKubelet,
  chooseContainer,
  kubeletOf,
  refusalOf,
  scheduledPod,
  type KubeletClient,
} from './kubelet.ts'

/** Options of PodLogOptions that the kubelet reads, in its own spelling. */
const passedOn = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
] as const

export function podLog(client: KubeletClient): Endpoint {
  return async ({ namespace, name, query, signal }) => {
    validate(name, query)
    const pod = scheduledPod(client.objects(), namespace, name)
    const container = chooseContainer(pod, query.get('container') ?? '')
    const asked = new URLSearchParams()
    for (const option of passedOn) {
      const value = query.get(option)
      if (value !== null && value !== '') asked.set(option, value)
    }
    const location = kubeletOf(client, pod.nodeName)
    const path = `/containerLogs/${namespace}/${name}/${container}?${asked.toString()}`
    const answer = await askKubelet({ location, path, method: 'GET', signal })
    if (answer.statusCode !== 200) throw await refusalOf(answer, { resource: 'pods', name })
    return {
      type: 'raw',
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: answer satisfies IncomingMessage,
    }
  }
}

/** Upstream: pkg/apis/core/validation/validation.go, ValidatePodLogOptions. */
function validate(name: string, query: URLSearchParams): void {
  const errors: FieldError[] = []
  const atLeast = (field: string, min: number): void => {
    const text = query.get(field)
    if (text === null || text === '') return
    if (Number(text) < min) {
      errors.push(
        invalidValue(
          field,
          Number(text),
          min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0',
        ),
      )
    }
  }
  atLeast('tailLines', 0)
  atLeast('limitBytes', 1)
  if (query.has('sinceSeconds') && query.has('sinceTime')) {
    errors.push(forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  } else atLeast('sinceSeconds', 1)
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors)
}
