import { isStatus } from '#api/meta/status.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { CachedObject, Call, ListPage, ListParams } from './registry.ts'
import { deleteOne } from './delete.ts'
import type { Engine } from './engine.ts'
import { limits } from './limits.ts'
import { list } from './list.ts'

/**
 * Deletes what a list shows; what is gone already is none of our business. Answers with the list.
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go, DeleteCollection.
 */
export async function deleteCollection(
  engine: Engine,
  call: Call,
  request: { readonly params: ListParams; readonly options: Partial<DeleteOptions> },
): Promise<ListPage> {
  const page = await list(engine, call, request.params)
  const waiting = page.items.values()
  const work = async (): Promise<void> => {
    for (const item of waiting) await deleteItem(engine, call, { item, options: request.options })
  }
  await Promise.all(Array.from({ length: limits.deleteCollectionParallelMax }, work))
  return page
}

async function deleteItem(
  engine: Engine,
  call: Call,
  { item, options }: { readonly item: CachedObject; readonly options: Partial<DeleteOptions> },
): Promise<void> {
  const { name, namespace = '' } = item.object.metadata
  try {
    await deleteOne(engine, { ...call, namespace }, name, options)
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error
  }
}
