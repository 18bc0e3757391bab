/**
 * The namespaces that always are: made at the start, and again when somebody deletes one.
 * Upstream: pkg/controlplane/controller/systemnamespaces/system_namespaces_controller.go, v1.36.
 */
import { namespaces } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { ensure } from './ensure.ts'

export const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'default']

export async function ensureSystemNamespaces(objects: Objects): Promise<void> {
  await Promise.all(
    systemNamespaces.map((name) =>
      ensure(objects, namespaces, { namespace: '', name }, { metadata: { name } } as never),
    ),
  )
}
