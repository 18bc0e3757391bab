/** What a profile was started with, so that `stop`, `status` and the next `start` agree. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '#base/user-error.ts'
import type { Paths } from './paths.ts'

export interface Profile {
  readonly name: string
  readonly driver: 'none'
  readonly kubernetesVersion: string
  readonly nodeName: string
  readonly nodeIp: string
  readonly apiServerPort: number
  readonly serviceCidr: string
  readonly podCidr: string
  readonly dnsDomain: string
  /** `component.flag` → value, as `--extra-config` gave them. */
  readonly extraConfig: Readonly<Record<string, string>>
  /** The registry on this machine that serves the images it built; absent: real registries only. */
  readonly mirror?: string
}

/** The profile as it was saved; undefined: there is none. */
export async function loadProfile(paths: Paths): Promise<Profile | undefined> {
  const text = await readFile(paths.config, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('nodeName' in value)) {
    throw new UserError(
      `${paths.config} is not a profile: run "minikube delete -p ${paths.profile}"`,
    )
  }
  return value as Profile
}

export async function saveProfile(paths: Paths, profile: Profile): Promise<void> {
  await mkdir(dirname(paths.config), { recursive: true, mode: 0o700 })
  await writeFile(paths.config, `${JSON.stringify(profile, undefined, 2)}\n`, { mode: 0o600 })
}
