import type { ApiObject } from '#api/resource-type.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Engine } from './engine.ts'
import { ensureName, ensureNamespace } from './metadata.ts'
import { modify, type Changed } from './modify.ts'
import type { Call, UpdateOptions } from './registry.ts'
import { applyScale } from './scale.ts'

/** PUT of an object, its status, its scale or another subresource that is the object itself. */
export async function update(
  engine: Engine,
  call: Call,
  object: ApiObject,
  { name }: UpdateOptions,
): Promise<Changed> {
  ensureName(object, name)
  ensureNamespace(call, object)
  const { resource: row, subresource } = call
  if (subresource === 'scale') {
    return modify(engine, call, {
      name,
      isPatch: false,
      next: (prior) => applyScale(row, prior, object),
    })
  }
  const copy = (): ApiObject => cloneJson(object)
  const mayCreate = row.allowCreateOnUpdate === true && subresource === ''
  return modify(engine, call, {
    name,
    isPatch: false,
    next: copy,
    ...(mayCreate && { absent: copy }),
  })
}
