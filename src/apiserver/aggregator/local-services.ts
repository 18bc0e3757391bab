/**
 * An APIService for each group version that this server answers itself: built-in ones are seen to at the
 * start, those of custom kinds for as long as they are served.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/controllers/autoregister/autoregister_controller.go and
 * pkg/controlplane/controller/crdregistration/crdregistration_controller.go, v1.36.
 */
import type { APIService, APIServiceSpec } from '#api/apiregistration/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { apiservices } from '#api/resources.gen.ts'
import {
  builtInPriority,
  localPriority,
  registrationGroup,
} from '#apiserver/discovery/priorities.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'

type Managed = 'onstart' | 'true'

export interface Wanted {
  readonly name: string
  readonly managed: Managed
  readonly spec: APIServiceSpec
}

/** What the rows of the table ask for. */
export function wantedServices(table: ResourceTable): readonly Wanted[] {
  const places = new Map(
    table.all().map(({ group, version }) => [`${version}.${group}`, { group, version }]),
  )
  return [...places]
    .filter(([, { group }]) => group !== registrationGroup)
    .map(([name, { group, version }]) => {
      const priority = localPriority(group, version)
      return {
        name,
        managed: builtInPriority(group, version) === undefined ? 'true' : 'onstart',
        spec: {
          ...(group !== '' && { group }),
          version,
          groupPriorityMinimum: priority.group,
          versionPriority: priority.version,
        },
      }
    })
}

export type Action =
  | { readonly type: 'create'; readonly wanted: Wanted }
  | { readonly type: 'update'; readonly wanted: Wanted }
  | { readonly type: 'delete'; readonly name: string }

/** What somebody else has made, or taken over by removing the label, is left alone. */
export function planServices(
  wanted: readonly Wanted[],
  present: readonly APIService[],
  isStart: boolean,
): readonly Action[] {
  const current = new Map(present.map((service) => [service.metadata.name, service]))
  const actions: Action[] = []
  for (const one of wanted) {
    const found = current.get(one.name)
    if (!isStart && one.managed === 'onstart') continue
    if (found === undefined) actions.push({ type: 'create', wanted: one })
    else if (isManaged(found, isStart) && !sameSpec(found.spec, one.spec)) {
      actions.push({ type: 'update', wanted: one })
    }
  }
  const names = new Set(wanted.map(({ name }) => name))
  for (const [name, service] of current) {
    if (!names.has(name) && isManaged(service, isStart)) actions.push({ type: 'delete', name })
  }
  return actions
}

function isManaged({ metadata }: APIService, isStart: boolean): boolean {
  const mode = metadata.labels?.[managedLabel]
  return mode === 'true' || (mode === 'onstart' && isStart)
}

function sameSpec(a: APIServiceSpec, b: APIServiceSpec): boolean {
  return (
    (a.group ?? '') === (b.group ?? '') &&
    a.version === b.version &&
    a.groupPriorityMinimum === b.groupPriorityMinimum &&
    a.versionPriority === b.versionPriority &&
    a.service === undefined
  )
}

/** Makes the stored APIServices what the table asks for; the writes of one pass go out together. */
export async function syncServices(
  objects: Objects,
  table: ResourceTable,
  isStart: boolean,
): Promise<void> {
  const actions = planServices(wantedServices(table), objects.list(apiservices), isStart)
  await Promise.all(actions.map((action) => act(objects, action)))
}

async function act(objects: Objects, action: Action): Promise<void> {
  try {
    if (action.type === 'delete') return await objects.delete(apiservices, '', action.name)
    const { name, managed, spec } = action.wanted
    if (action.type === 'create') {
      const labels = { [managedLabel]: managed }
      await objects.create(apiservices, '', { metadata: { name, labels }, spec })
      return
    }
    await objects.modify(apiservices, { namespace: '', name }, (service) => {
      service.spec = { ...spec }
    })
  } catch (error) {
    // Another server was faster, or somebody took the object away: the next pass looks again.
    if (!isStatus(error, 'AlreadyExists') && !isStatus(error, 'NotFound')) throw error
  }
}
