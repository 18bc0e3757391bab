/** Fetches the distribution's own packages and unpacks them into a root file system, installing nothing. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '#linux/run.ts'

const limits = {
  downloadTimeoutMs: 300_000,
  unpackTimeoutMs: 60_000,
  packagesMax: 64,
} as const

/** The packages and, where asked, the libraries that they need, by name. */
export async function closure(
  packages: readonly string[],
  libraries: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = new Set(packages)
  if (!libraries) return [...found]
  for (const name of found) {
    if (found.size > limits.packagesMax)
      throw new Error(`${packages.join(', ')} need too many packages`)
    const stdout = await run(
      'apt-cache',
      ['depends', '--important', '--no-recommends', '--no-suggests', name],
      { timeoutMs: limits.unpackTimeoutMs, signal },
    )
    for (const match of stdout.matchAll(/^\s*Depends: ((?:lib|zlib)[^\s<>]+)/gm))
      found.add(match[1]!)
  }
  return [...found]
}

/** Downloads the packages into `cache` and unpacks them below `root`. */
export async function unpack(
  packages: readonly string[],
  at: { readonly cache: string; readonly root: string },
  signal: AbortSignal,
): Promise<void> {
  await mkdir(at.cache, { recursive: true })
  const present = await readdir(at.cache)
  const missing = packages.filter((name) => !present.some((file) => file.startsWith(`${name}_`)))
  if (missing.length > 0) {
    await run('apt-get', ['download', '-o', 'APT::Sandbox::User=root', ...missing], {
      cwd: at.cache,
      timeoutMs: limits.downloadTimeoutMs,
      signal,
    })
  }
  const files = await readdir(at.cache)
  for (const name of packages) {
    const file = files.find((candidate) => candidate.startsWith(`${name}_`))
    if (file === undefined) throw new Error(`apt-get download brought no package ${name}`)
    await run('dpkg-deb', ['-x', join(at.cache, file), at.root], {
      timeoutMs: limits.unpackTimeoutMs,
      signal,
    })
  }
}
