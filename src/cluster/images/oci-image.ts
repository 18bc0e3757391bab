/** A root file system → one OCI image: a gzipped layer, a configuration and a manifest, by digest. */
import { createHash } from 'node:crypto'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { packTar } from 'modern-tar/fs'
import { closure, unpack } from './debian-packages.ts'
import type { Recipe } from './recipes.ts'

export interface Blob {
  readonly digest: string
  readonly bytes: Uint8Array
}

export interface Image {
  readonly blobs: readonly Blob[]
  readonly manifest: Uint8Array
}

/** Documentation and locales: no container reads them. */
const leftOut =
  /^usr\/share\/(?:doc|man|info|locale|lintian|bash-completion|vim)(?:\/|$)|^etc\/init\.d/

/** The same bytes for the same packages: times and owners are constant. */
const epoch = new Date(0)

/** Builds the image in `scratch`, which is emptied first. */
export async function buildImage(
  recipe: Recipe,
  at: { readonly cache: string; readonly scratch: string },
  signal: AbortSignal,
): Promise<Image> {
  await rm(at.scratch, { recursive: true, force: true })
  await layOutRoot(at.scratch)
  const packages = await closure(recipe.packages, recipe.libraries, signal)
  await unpack(packages, { cache: at.cache, root: at.scratch }, signal)
  await addFiles(recipe, at.scratch)
  const layer = await packLayer(at.scratch)
  await rm(at.scratch, { recursive: true, force: true })
  return describeImage(recipe, layer)
}

/** Merged /usr, as the distribution has it, so that packages of both layouts land in one place. */
async function layOutRoot(root: string): Promise<void> {
  for (const directory of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', directory), { recursive: true })
    await symlink(`usr/${directory}`, join(root, directory))
  }
}

async function addFiles(recipe: Recipe, root: string): Promise<void> {
  for (const directory of recipe.directories)
    await mkdir(join(root, directory), { recursive: true })
  for (const [path, text] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  for (const [path, target] of Object.entries(recipe.links)) {
    await rm(join(root, path), { force: true })
    await symlink(target, join(root, path))
  }
}

async function packLayer(root: string): Promise<Uint8Array> {
  return buffer(
    packTar(root, {
      filter: (path) => !leftOut.test(path.slice(root.length + 1)),
      map: (header) => ({ ...header, mtime: epoch, uid: 0, gid: 0, uname: 'root', gname: 'root' }),
    }),
  )
}

async function describeImage(recipe: Recipe, layer: Uint8Array): Promise<Image> {
  const compressed = blob(await promisify(gzip)(layer, { level: 6 }))
  const config = blob(
    json({
      architecture: architecture(),
      os: 'linux',
      created: epoch.toISOString(),
      config: recipe.config,
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  )
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', compressed)],
  })
  return { blobs: [config, compressed], manifest }
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json'

function architecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}

function descriptor(mediaType: string, of: Blob): object {
  return { mediaType, digest: of.digest, size: of.bytes.length }
}

function blob(bytes: Uint8Array): Blob {
  return { digest: digestOf(bytes), bytes }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}
