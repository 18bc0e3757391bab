/**
 * A containerd of a test's own, in a network namespace of its own, with a busybox and a pause image:
 * for tests that must see real containers. Needs root and the machine's containerd package.
 */
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, digestOf, manifestType } from '#cluster/images/oci-image.ts'
import { pauseImage, recipes } from '#cluster/images/recipes.ts'
import { findPluginFolder } from '#cni/plugins.ts'
import { readMounts } from '#linux/mounts.ts'
import { run } from '#linux/run.ts'

export interface TestContainerd extends AsyncDisposable {
  readonly folder: string
  readonly socket: string
  /** Of the namespace that containerd and its pods' bridge live in. */
  readonly pid: number
  /** CNI configuration. */
  readonly networkFolder: string
}

export const testImage = 'docker.io/library/busybox:latest'

export async function startTestContainerd(): Promise<TestContainerd> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-containerd-'))
  const paths = {
    folder,
    socket: join(folder, 'containerd.sock'),
    networkFolder: join(folder, 'cni'),
  }
  await mkdir(paths.networkFolder)
  await writeFile(join(folder, 'containerd.toml'), await configuration(paths))
  await using log = await open(join(folder, 'containerd.log'), 'w')
  const program = spawn(
    'unshare',
    ['--net', 'containerd', '--config', join(folder, 'containerd.toml')],
    { stdio: ['ignore', log.fd, log.fd] },
  )
  const ended = once(program, 'exit')
  const stop = async (): Promise<void> => {
    program.kill('SIGTERM')
    await ended
    for (const { mountPoint } of readMounts().toReversed()) {
      if (mountPoint.startsWith(`${folder}/`)) await run('umount', ['-l', mountPoint])
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilServing(paths.socket)
    await importImages(folder, paths.socket)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...paths, pid: program.pid ?? 0, [Symbol.asyncDispose]: stop }
}

async function configuration(
  paths: Omit<TestContainerd, 'pid' | keyof AsyncDisposable>,
): Promise<string> {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  const plugins = (await findPluginFolder()) ?? '/opt/cni/bin'
  return `version = 2
root = "${paths.folder}/root"
state = "${paths.folder}/state"
[grpc]
  address = "${paths.socket}"
[ttrpc]
  address = "${paths.socket}.ttrpc"
[${cri}]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[${cri}.cni]
  bin_dir = "${plugins}"
  conf_dir = "${paths.networkFolder}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${paths.folder}/opt"
`
}

async function untilServing(socket: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await run('ctr', ['--address', socket, 'version'], { timeoutMs: 2_000 })
      return
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
  }
}

/** Two images of the distribution's own packages, as OCI archives. */
async function importImages(folder: string, socket: string): Promise<void> {
  const wanted = { 'library/busybox': testImage, pause: pauseImage }
  for (const [repository, name] of Object.entries(wanted)) {
    const recipe = recipes.find((each) => each.repository === repository)
    if (recipe === undefined) throw new Error(`no recipe for ${repository}`)
    const at = { cache: '/var/cache/k8ts/packages', scratch: join(folder, 'scratch') }
    const image = await buildImage(recipe, at, AbortSignal.timeout(60_000))
    const layout = join(folder, 'layout')
    await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
    const blobs = [...image.blobs, { digest: digestOf(image.manifest), bytes: image.manifest }]
    for (const { digest, bytes } of blobs) {
      await writeFile(join(layout, 'blobs', digest.replace(':', '/')), bytes)
    }
    const manifest = {
      mediaType: manifestType,
      digest: digestOf(image.manifest),
      size: image.manifest.length,
      annotations: { 'io.containerd.image.name': name },
    }
    await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    await writeFile(
      join(layout, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
    )
    const archive = join(folder, `${createHash('sha1').update(name).digest('hex')}.tar`)
    await run('tar', ['-C', layout, '-cf', archive, '.'])
    await run('ctr', [
      '--address',
      socket,
      '-n',
      'k8s.io',
      'images',
      'import',
      '--all-platforms',
      archive,
    ])
    await rm(layout, { recursive: true })
  }
}
