/**
 * Where pods' cgroups lie: `/kubepods/burstable/pod<uid>`, or systemd's
 * `kubepods-burstable-pod<uid>.slice`. Upstream: pkg/kubelet/cm/cgroup_manager_linux.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { qosClass } from '#api/meta/pods.ts'
import type { QosClass } from '#api/meta/pods.ts'

/** A cgroup's path as a list of names, below the root. */
export type CgroupName = readonly string[]

const qosFolders: Readonly<Record<QosClass, readonly string[]>> = {
  Guaranteed: [],
  Burstable: ['burstable'],
  BestEffort: ['besteffort'],
}

/** `root` is upstream's --cgroup-root: '' or '/' for the hierarchy's own root. */
export function podsCgroup(root: string): CgroupName {
  return [...root.split('/').filter((part) => part !== ''), 'kubepods']
}

export function qosCgroup(root: string, quality: QosClass): CgroupName {
  return [...podsCgroup(root), ...qosFolders[quality]]
}

export function podCgroup(root: string, pod: Pod): CgroupName {
  return [...qosCgroup(root, qosClass(pod)), `pod${pod.metadata.uid}`]
}

/** As the cgroupfs driver writes it, and as folders lie below a hierarchy. */
export function cgroupfsPath(name: CgroupName): string {
  return `/${name.join('/')}`
}

/** As systemd names the slice: dashes part the levels, so those inside a name become underscores. */
export function systemdSlice(name: CgroupName): string {
  return `${name.map((part) => part.replaceAll('-', '_')).join('-')}.slice`
}

/** The folders of a systemd slice below a hierarchy: each level is a slice within the one before. */
export function systemdPath(name: CgroupName): string {
  return name.map((_, index) => `/${systemdSlice(name.slice(0, index + 1))}`).join('')
}
