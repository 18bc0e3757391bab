/** Prefers nodes that have the pod's images. Upstream: plugins/imagelocality/image_locality.go. */
import type { ClusterState } from '#scheduler/cluster-state.ts'
import type { Plugin } from '#scheduler/framework.ts'
import type { NodeInfo } from '#scheduler/node-info.ts'
import type { PodInfo } from '#scheduler/pod-info.ts'

const mebibyte = 1024 * 1024
const minThresholdBytes = 23 * mebibyte
const maxContainerThresholdBytes = 1000 * mebibyte

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  wakesOn: [],
  weight: 1,
  score(info, node, _prepared, state) {
    const images = imagesOf(info)
    let sum = 0
    for (const image of images) sum += scaledSize(image, node, state)
    return priority(sum, images.length)
  },
}

function imagesOf({ pod }: PodInfo): readonly string[] {
  const { containers, initContainers = [] } = pod.spec
  return [...initContainers, ...containers].map(({ image }) => normalizedName(image ?? ''))
}

/** An image that few nodes have counts less: else a new image would draw all its pods to one node. */
function scaledSize(image: string, node: NodeInfo, state: ClusterState): number {
  const size = node.images.get(image)
  if (size === undefined) return 0
  return Math.floor((size * state.nodesWithImage(image)) / state.nodes.length)
}

function priority(sumBytes: number, containers: number): number {
  const max = maxContainerThresholdBytes * containers
  const clamped = Math.min(Math.max(sumBytes, minThresholdBytes), max)
  return Math.floor((100 * (clamped - minThresholdBytes)) / (max - minThresholdBytes))
}

/** Nodes list images with a tag: a name without one means `latest`. */
function normalizedName(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
