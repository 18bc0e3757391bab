/**
 * `kubectl get componentstatuses`: asks each component how it is when somebody wants to know.
 * Upstream: pkg/registry/core/componentstatus/rest.go, v1.36.
 */
import type { ComponentStatus } from '#api/core/v1.gen.ts'
import { parseFieldSelector } from '#api/meta/fields.ts'
import { parseLabelSelector } from '#api/meta/labels.ts'
import { notFound } from '#api/meta/status.ts'
import type { Endpoint } from './endpoint.ts'

export interface ComponentCheck {
  /** `scheduler`, `controller-manager`, `etcd-0` */
  readonly name: string
  /** What it answers when it is well: `ok`; rejects with what is wrong. */
  check(signal: AbortSignal): Promise<string>
}

const resource = { group: '', resource: 'componentstatuses' }

/** Keys: as in `Endpoints.plain`. One endpoint serves the list and each name. */
export function componentStatusEndpoint(checks: readonly ComponentCheck[]): Endpoint {
  return async ({ name, query, signal }) => {
    if (name !== '') {
      const check = checks.find((candidate) => candidate.name === name)
      if (check === undefined) throw notFound(resource, name)
      return { type: 'object', status: 200, object: await statusOf(check, signal) }
    }
    const labels = parseLabelSelector(query.get('labelSelector') ?? '')
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '')
    const all = await Promise.all(checks.map((check) => statusOf(check, signal)))
    const items = all.filter(
      (item) =>
        labels.matches(item.metadata.labels) &&
        fields.matches((field) => (field === 'metadata.name' ? item.metadata.name : '')),
    )
    const list = { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items }
    return { type: 'object', status: 200, object: list }
  }
}

async function statusOf(check: ComponentCheck, signal: AbortSignal): Promise<ComponentStatus> {
  const { status, message, error } = await outcomeOf(check, signal)
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name: check.name } as ComponentStatus['metadata'],
    conditions: [
      {
        type: 'Healthy',
        status,
        ...(message !== '' && { message }),
        ...(error !== '' && { error }),
      },
    ],
  }
}

async function outcomeOf(
  check: ComponentCheck,
  signal: AbortSignal,
): Promise<{ status: string; message: string; error: string }> {
  try {
    return { status: 'True', message: await check.check(signal), error: '' }
  } catch (reason) {
    const text = reason instanceof Error ? reason.message : String(reason)
    return { status: 'False', message: text, error: '' }
  }
}
