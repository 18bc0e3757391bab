/** The volumes of one pod on this node: made, kept current, taken down. */
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod, Volume } from '#api/core/v1.gen.ts'
import { podLimits } from '#api/meta/pods.ts'
import { wholeUnits } from '#api/meta/quantity.ts'
import type { Clock } from '#base/clock.ts'
import { podFolder } from '#kubelet/container/names.ts'
import type { KubeletPaths } from '#kubelet/container/names.ts'
import { mount, readMounts, unmount } from '#linux/mounts.ts'
import type { Run } from '#linux/run.ts'
import { writePayload } from './atomic-writer.ts'
import { claimedVolume } from './claims.ts'
import type { ClaimSource } from './claims.ts'
import { isContentVolume, volumeContent } from './content.ts'
import type { Content, ContentInput } from './content.ts'
import { checkHostPath } from './host-path.ts'
import { belongsToGroup, giveToGroup } from './ownership.ts'

export interface VolumeHost {
  readonly paths: KubeletPaths
  readonly run: Run
  readonly clock: Clock
  readonly claims: ClaimSource
}

export interface MountedVolume {
  readonly name: string
  /** On the host. */
  readonly path: string
  readonly readOnly: boolean
  /** When its content must be made again, though nothing changed. */
  readonly refreshAtMs?: number | undefined
}

/** A volume that cannot be had; the message is the event's. */
export class MountError extends Error {
  override readonly name = 'MountError'
  readonly volume: string

  constructor(volume: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`MountVolume.SetUp failed for volume "${volume}" : ${reason}`, { cause })
    this.volume = volume
  }
}

/** Makes a volume ready, or brings its files up to date; idempotent. Rejects with a MountError. */
export async function setUpVolume(
  volume: Volume,
  input: ContentInput,
  host: VolumeHost,
): Promise<MountedVolume> {
  try {
    return await setUp(volume, input, host)
  } catch (error) {
    throw new MountError(volume.name, error)
  }
}

async function setUp(
  volume: Volume,
  input: ContentInput,
  host: VolumeHost,
): Promise<MountedVolume> {
  const { pod } = input
  const { name } = volume
  if (isContentVolume(volume)) return contentVolume(volume, input, host)
  if (volume.emptyDir !== undefined) {
    const path = await emptyDir(volume, pod, host)
    return { name, path, readOnly: false }
  }
  if (volume.hostPath !== undefined) {
    await checkHostPath(volume.hostPath)
    return { name, path: volume.hostPath.path, readOnly: false }
  }
  const claim = volume.persistentVolumeClaim
  if (claim !== undefined || volume.ephemeral !== undefined) {
    const claimName = claim?.claimName ?? `${pod.metadata.name}-${name}`
    const namespace = pod.metadata.namespace ?? ''
    const { source, readOnly } = await claimedVolume(host.claims, namespace, claimName)
    const path = await persistent(name, source, pod, host)
    return { name, path, readOnly: readOnly || claim?.readOnly === true }
  }
  if (volume.nfs !== undefined) {
    const path = await nfs(name, volume.nfs, pod, host)
    return { name, path, readOnly: volume.nfs.readOnly === true }
  }
  throw new Error(`no volume plugin matched: ${unsupportedKind(volume)} volumes are not supported`)
}

function unsupportedKind(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'
}

async function contentVolume(
  volume: Volume,
  input: ContentInput,
  host: VolumeHost,
): Promise<MountedVolume> {
  const { pod } = input
  const content: Content = await volumeContent(volume, input)
  const plugin = contentPlugin(volume)
  const path = volumeFolder(host.paths, pod, plugin, volume.name)
  await mkdir(path, { recursive: true })
  // Secrets and tokens stay in memory; a ConfigMap may lie on the disk.
  if (plugin !== 'configmap') await mountTmpfs(host.run, path, memoryBytesOf(pod))
  const gid = pod.spec.securityContext?.fsGroup
  if (gid !== undefined) await chown(path, 0, gid)
  await chmod(path, gid === undefined ? 0o777 : 0o2777)
  await writePayload({
    folder: path,
    payload: content.payload,
    nowMs: host.clock.nowMs(),
    prepare: async (folder) => {
      if (gid !== undefined) await giveToGroup(folder, gid, 'ro')
    },
  })
  return { name: volume.name, path, readOnly: true, refreshAtMs: content.refreshAtMs }
}

function contentPlugin({ configMap, secret, downwardAPI }: Volume): string {
  if (configMap !== undefined) return 'configmap'
  if (secret !== undefined) return 'secret'
  return downwardAPI === undefined ? 'projected' : 'downward-api'
}

async function emptyDir(volume: Volume, pod: Pod, host: VolumeHost): Promise<string> {
  const { medium = '', sizeLimit } = volume.emptyDir ?? {}
  const path = volumeFolder(host.paths, pod, 'empty-dir', volume.name)
  await mkdir(path, { recursive: true })
  if (medium === 'Memory') {
    const limit = sizeLimit === undefined ? undefined : Number(wholeUnits(sizeLimit))
    await mountTmpfs(host.run, path, smallest(limit, memoryBytesOf(pod)))
  } else if (medium !== '') {
    throw new Error(`emptyDir medium "${medium}" is not supported`)
  }
  await chmod(path, 0o777)
  await giveWhole(path, pod)
  return path
}

async function persistent(
  name: string,
  source: Awaited<ReturnType<typeof claimedVolume>>['source'],
  pod: Pod,
  host: VolumeHost,
): Promise<string> {
  if (source.nfs !== undefined) return nfs(name, source.nfs, pod, host)
  if (source.hostPath !== undefined) {
    await checkHostPath(source.hostPath)
    return source.hostPath.path
  }
  if (source.local !== undefined) {
    await lstat(source.local.path)
    await giveWhole(source.local.path, pod)
    return source.local.path
  }
  throw new Error('no volume plugin matched: only hostPath, local and nfs volumes are supported')
}

async function nfs(
  name: string,
  source: { server: string; path: string; readOnly?: boolean; options?: readonly string[] },
  pod: Pod,
  host: VolumeHost,
): Promise<string> {
  const path = volumeFolder(host.paths, pod, 'nfs', name)
  await mkdir(path, { recursive: true })
  if (isMounted(path)) return path
  await mount(host.run, {
    source: `${source.server}:${source.path}`,
    target: path,
    fsType: 'nfs',
    options: [...(source.options ?? []), ...(source.readOnly === true ? ['ro'] : [])],
  })
  return path
}

/** `fsGroupChangePolicy: OnRootMismatch` leaves alone what is as it should be. */
async function giveWhole(path: string, pod: Pod): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {}
  if (fsGroup === undefined) return
  const lazy = fsGroupChangePolicy === 'OnRootMismatch'
  if (lazy && (await belongsToGroup(path, fsGroup))) return
  await giveToGroup(path, fsGroup)
}

async function mountTmpfs(run: Run, path: string, bytesMax: number | undefined): Promise<void> {
  if (isMounted(path)) return
  const options = bytesMax === undefined ? [] : [`size=${bytesMax}`]
  await mount(run, { source: 'tmpfs', target: path, fsType: 'tmpfs', options })
}

function isMounted(path: string): boolean {
  return readMounts().some(({ mountPoint }) => mountPoint === path)
}

function memoryBytesOf(pod: Pod): number | undefined {
  const bytes = podLimits(pod)['memory'] ?? 0
  const all = pod.spec.containers.every(
    ({ resources }) => resources?.limits?.['memory'] !== undefined,
  )
  return all && bytes > 0 ? bytes : undefined
}

function smallest(...numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** `<root>/pods/<uid>/volumes/kubernetes.io~<plugin>/<name>` */
export function volumeFolder(paths: KubeletPaths, pod: Pod, plugin: string, name: string): string {
  return join(podFolder(paths, pod.metadata.uid), 'volumes', `kubernetes.io~${plugin}`, name)
}

/** Unmounts all below a folder; rejects while something stays mounted there. */
export async function unmountBelow(run: Run, folder: string): Promise<void> {
  const below = (): string[] =>
    readMounts()
      .map(({ mountPoint }) => mountPoint)
      .filter((point) => point.startsWith(`${folder}/`))
  // Later mounts lie on or below earlier ones.
  for (const point of below().toReversed()) await unmount(run, point)
  if (below().length > 0) throw new Error(`something is still mounted below ${folder}`)
}
