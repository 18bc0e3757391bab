/**
 * The flow schemas and priority levels that a server begins with: made when they are missing, corrected
 * when they are ours to correct, and told of levels that they name in vain.
 * Upstream: pkg/registry/flowcontrol/{ensurer,rest/storage_flowcontrol.go} and apf_controller.go, v1.36.
 */
import type { FlowSchema, PriorityLevelConfiguration } from '#api/flowcontrol/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { flowschemas, prioritylevelconfigurations } from '#api/resources.gen.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import { timestamp } from '#base/clock.ts'
import { ensure } from '#apiserver/bootstrap/ensure.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { equalJson } from '#apiserver/watch-cache/json.ts'
import {
  bootstrapLevels,
  bootstrapSchemas,
  mandatoryNames,
} from '#resources/flow-control/bootstrap.ts'

const autoUpdate = 'apf.kubernetes.io/autoupdate-spec'

export async function ensureFlowControl(objects: Objects, nowMs: () => number): Promise<void> {
  await Promise.all([
    ensureAll<PriorityLevelConfiguration>(objects, prioritylevelconfigurations, bootstrapLevels),
    ensureAll<FlowSchema>(objects, flowschemas, bootstrapSchemas),
  ])
  await tellDangling(objects, nowMs)
}

export async function ensureMandatory(objects: Objects): Promise<void> {
  await Promise.all([
    ensureAll<PriorityLevelConfiguration>(
      objects,
      prioritylevelconfigurations,
      pick(bootstrapLevels),
    ),
    ensureAll<FlowSchema>(objects, flowschemas, pick(bootstrapSchemas)),
  ])
}

function pick<T>(all: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => mandatoryNames.includes(name)))
}

async function ensureAll<T extends ApiObject & { spec: object }>(
  objects: Objects,
  type: ResourceType<T>,
  wanted: Readonly<Record<string, T['spec']>>,
): Promise<void> {
  await Promise.all(
    Object.entries(wanted).map(async ([name, spec]) => {
      const place = { namespace: '', name }
      const metadata = { name, annotations: { [autoUpdate]: 'true' } }
      await ensure(objects, type, place, {
        metadata,
        spec: structuredClone(spec),
      } as unknown as Draft<T>)
      const found = objects.get(type, '', name)
      if (found === undefined || !isOurs(found) || equalJson(found.spec, spec)) return
      await objects.modify(type, place, (object) => {
        object.spec = structuredClone(spec)
      })
    }),
  )
}

/** Whoever takes the annotation away keeps what they changed, save of the mandatory ones. */
function isOurs({ metadata }: ApiObject): boolean {
  if (metadata.name === 'exempt') return metadata.annotations?.[autoUpdate] === 'true'
  return mandatoryNames.includes(metadata.name) || metadata.annotations?.[autoUpdate] === 'true'
}

/** Writes into each schema's status whether its priority level is there. */
export async function tellDangling(objects: Objects, nowMs: () => number): Promise<void> {
  await Promise.all(
    objects.list(flowschemas).map(async (schema) => {
      const condition = danglingCondition(objects, schema)
      const known = schema.status?.conditions?.find(({ type }) => type === 'Dangling')
      if (known?.status === condition.status && known.message === condition.message) return
      const place = { namespace: '', name: schema.metadata.name, subresource: 'status' }
      try {
        await objects.modify(flowschemas, place, (next) => {
          const others = (next.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling')
          const lastTransitionTime = timestamp(nowMs())
          next.status = { conditions: [...others, { ...condition, lastTransitionTime }] }
        })
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error // deleted meanwhile
      }
    }),
  )
}

function danglingCondition(objects: Objects, { spec }: FlowSchema) {
  const { name } = spec.priorityLevelConfiguration
  const isThere = objects.get(prioritylevelconfigurations, '', name) !== undefined
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`
  return isThere
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : {
        type: 'Dangling',
        status: 'True',
        reason: 'NotFound',
        message: `${about} but there is no such object`,
      }
}
