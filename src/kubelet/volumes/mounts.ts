/** A container's volumeMounts as the runtime is asked for them. */
import { constants } from 'node:fs'
import { mkdir, open, realpath, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, VolumeMount } from '#api/core/v1.gen.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type { Mount } from '#cri/messages.gen.ts'
import { expand } from '#kubelet/container/expand.ts'
import { podFolder } from '#kubelet/container/names.ts'
import type { KubeletPaths } from '#kubelet/container/names.ts'
import { readMounts } from '#linux/mounts.ts'
import { CommandError } from '#linux/run.ts'
import type { Run } from '#linux/run.ts'
import type { MountedVolume } from './volumes.ts'

export interface MountInput {
  readonly pod: Pod
  readonly container: Container
  readonly volumes: ReadonlyMap<string, MountedVolume>
  readonly environment: ReadonlyMap<string, string>
  readonly paths: KubeletPaths
  readonly run: Run
}

const propagations = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const

/** Rejects with an Error whose message is the container's. */
export async function volumeMounts(input: MountInput): Promise<Input<Mount>[]> {
  const { container } = input
  if ((container.volumeDevices ?? []).length > 0) {
    throw new Error('volumeDevices (block volumes) are not supported')
  }
  return Promise.all(
    (container.volumeMounts ?? []).map((each, index) => volumeMount(input, each, index)),
  )
}

async function volumeMount(
  input: MountInput,
  wanted: VolumeMount,
  index: number,
): Promise<Input<Mount>> {
  const { pod, container } = input
  const volume = input.volumes.get(wanted.name)
  if (volume === undefined) {
    throw new Error(
      `cannot find volume "${wanted.name}" to mount into container "${container.name}"`,
    )
  }
  if (wanted.recursiveReadOnly === 'Enabled') {
    throw new Error('recursiveReadOnly mounts are not supported by this runtime')
  }
  const subPath = subPathOf(input, wanted)
  const hostPath = subPath === '' ? volume.path : await bindSubPath(input, volume, subPath, index)
  const isVolatile = pod.spec.volumes?.some(
    ({ name, emptyDir }) => name === wanted.name && emptyDir !== undefined,
  )
  return {
    containerPath: wanted.mountPath.startsWith('/') ? wanted.mountPath : `/${wanted.mountPath}`,
    hostPath,
    readonly: (wanted.readOnly ?? false) || (volume.readOnly && isVolatile !== true),
    propagation:
      propagations[(wanted.mountPropagation ?? 'None') as keyof typeof propagations] ??
      'PROPAGATION_PRIVATE',
  }
}

function subPathOf({ environment, container }: MountInput, wanted: VolumeMount): string {
  const { subPath = '', subPathExpr } = wanted
  let path = subPath
  if (subPathExpr !== undefined && subPathExpr !== '') {
    path = expand(subPathExpr, (name) => {
      const value = environment.get(name)
      if (value === undefined) {
        throw new Error(`missing value for "${name}"`)
      }
      return value
    })
  }
  if (path.startsWith('/'))
    throw new Error(`error SubPath \`${path}\` must not be an absolute path`)
  if (path.split('/').includes('..')) {
    throw new Error(
      `unable to provision SubPath \`${path}\` of container ${container.name}: must not contain '..'`,
    )
  }
  return path
}

/**
 * Bind-mounts a part of a volume under the pod's folder. Each step of the path is opened without
 * following links, so that a container cannot lead the kubelet out of its volume.
 * Upstream: pkg/volume/util/subpath/subpath_linux.go.
 */
async function bindSubPath(
  input: MountInput,
  volume: MountedVolume,
  subPath: string,
  index: number,
): Promise<string> {
  const { pod, container, paths } = input
  const folder = join(
    podFolder(paths, pod.metadata.uid),
    'volume-subpaths',
    volume.name,
    container.name,
  )
  const target = join(folder, String(index))
  await using source = await openBelow(volume.path, subPath)
  const isFolder = (await source.stat()).isDirectory()
  await mkdir(folder, { recursive: true, mode: 0o750 })
  if (isFolder) await mkdir(target, { recursive: true })
  else await writeFile(target, '', { flag: 'a' })
  if (readMounts().some(({ mountPoint }) => mountPoint === target)) return target
  try {
    // The open file itself is mounted: nobody can put another in its place meanwhile.
    const opened = `/proc/${process.pid}/fd/${source.fd}`
    await input.run('mount', ['--no-canonicalize', '--bind', opened, target])
  } catch (error) {
    const reason = error instanceof CommandError ? error.stderr : String(error)
    throw new Error(
      `failed to prepare subPath for volumeMount "${volume.name}" of container "${container.name}": ${reason}`,
      { cause: error },
    )
  }
  return target
}

/** Opens `path` below `root`, making folders that are not there. */
async function openBelow(root: string, path: string): Promise<FileHandle> {
  const real = await realBelow(root, path)
  const parts = real.split('/').filter((part) => part !== '' && part !== '.')
  let handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY)
  for (const part of parts) {
    const next = await openPart(handle, part)
    await handle.close()
    handle = next
  }
  return handle
}

/** The path without links, such as a ConfigMap's files have; it must stay inside the volume. */
async function realBelow(root: string, path: string): Promise<string> {
  const top = await realpath(root)
  const real = await realpath(join(root, path)).catch(() => undefined)
  if (real === undefined) return path
  if (real === top) return ''
  if (real.startsWith(`${top}/`)) return real.slice(top.length + 1)
  throw new Error(`subPath "${path}" leads out of its volume`)
}

async function openPart(parent: FileHandle, part: string): Promise<FileHandle> {
  // As openat(2): the parent is the open folder itself, whatever its name leads to by now.
  const path = `/proc/self/fd/${parent.fd}/${part}`
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP')
      throw new Error(`subPath part "${part}" is a symbolic link`, { cause: error })
    if (code !== 'ENOENT') throw error
    await mkdir(path, { mode: 0o750 })
    return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY)
  }
}
