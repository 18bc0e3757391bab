/**
 * Where images come from. When no public registry can be reached, this machine builds the book's images
 * from its own packages and serves them from a registry on loopback, so that every pull is a real one.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { UserError } from '#base/user-error.ts'
import { hasTag, pushImage } from '#cluster/images/push.ts'
import { recipes } from '#cluster/images/recipes.ts'
import { findProgram } from './preflight.ts'
import { waitUntil } from './readiness.ts'
import { logOf, startProgram } from './supervised.ts'
import type { Paths } from './paths.ts'

const limits = { reachableTimeoutMs: 3_000, startTimeoutMs: 20_000 } as const

/** Loopback, and a port of its own: 5000 is often taken. */
export const mirrorAddress = '127.0.0.1:5055'

/** Whether Docker Hub answers at all (an answer "unauthorized" is one). */
export async function publicRegistryAnswers(): Promise<boolean> {
  const signal = AbortSignal.timeout(limits.reachableTimeoutMs)
  return fetch('https://registry-1.docker.io/v2/', { signal }).then(
    (answer) => answer.status < 500,
    () => false,
  )
}

/** Starts the registry on loopback; quick when it runs. */
export async function startMirror(
  paths: Paths,
  supervisor: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const program = await findProgram('docker-registry', process.env)
  if (program === undefined) {
    throw new UserError(
      'no image registry can be reached, and docker-registry is not installed to serve images from this machine: apt-get install docker-registry',
    )
  }
  await mkdir(paths.registry, { recursive: true, mode: 0o700 })
  const config = join(paths.state, 'registry.yaml')
  await writeFile(config, registryConfig(paths.registry))
  const registry = { name: 'registry', command: [program, 'serve', config] } as const
  await startProgram(paths, supervisor, registry, clock)
  const url = `http://${mirrorAddress}`
  await waitUntil(
    {
      what: `the image registry on ${mirrorAddress}`,
      timeoutMs: limits.startTimeoutMs,
      log: logOf(paths, 'registry'),
    },
    async () => (await fetch(`${url}/v2/`, { signal })).ok,
    clock,
    signal,
  )
  return url
}

/** Builds and pushes the images that the registry lacks; `progress` is told of each that is built. */
export async function fillMirror(
  url: string,
  paths: Paths,
  progress: (image: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const recipe of recipes) {
    if (await hasTag(url, recipe.repository, recipe.tags[0] ?? 'latest')) continue
    progress(recipe.repository)
    const { buildImage } = await import('#cluster/images/oci-image.ts')
    const scratch = join(paths.state, 'image-scratch')
    const image = await buildImage(recipe, { cache: paths.imageCache, scratch }, signal)
    await pushImage(image, { registry: url, repository: recipe.repository, tags: recipe.tags })
    await rm(scratch, { recursive: true, force: true })
  }
}

function registryConfig(folder: string): string {
  return `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: ${JSON.stringify(folder)}}
  delete: {enabled: true}
http: {addr: ${JSON.stringify(mirrorAddress)}}
`
}
