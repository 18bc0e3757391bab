/** Enough of a pod to end it, from what the kubelet once wrote on its containers. */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { readAnnotations } from './labels.ts'
import type { Listed } from './observer.ts'
import type { PodRuntime } from './pod-runtime.ts'

export function orphanPod(listed: Listed, runtime?: PodRuntime): Pod {
  const { uid, name, namespace } = listed
  const containers = new Map<string, Container>()
  let graceSeconds: number | undefined
  for (const container of runtime?.containers ?? []) {
    const annotated = readAnnotations(container.annotations)
    graceSeconds ??= annotated.graceSeconds
    const { preStop } = annotated
    if (containers.has(container.name)) continue
    containers.set(container.name, {
      name: container.name,
      image: container.image,
      ...(preStop === undefined ? {} : { lifecycle: { preStop } }),
    })
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid, resourceVersion: '', creationTimestamp: '' },
    spec: {
      containers: [...containers.values()],
      ...(graceSeconds === undefined ? {} : { terminationGracePeriodSeconds: graceSeconds }),
    },
  }
}
