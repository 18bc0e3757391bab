/** The user's kubeconfig: one cluster, context and user named as the profile; all else stays untouched. */
import { mkdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { replaceFile } from '#bootstrap/pki/files.ts'
import {
  mergeIntoKubeconfig,
  readKubeconfig,
  removeFromKubeconfig,
} from '#bootstrap/kubeconfig/file.ts'
import type { EntryNames } from '#bootstrap/kubeconfig/kubeconfig.ts'
import type { Paths } from './paths.ts'
import type { Profile } from './profile.ts'
import { serverUrl } from './programs.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The first file of $KUBECONFIG, as kubectl writes to, else ~/.kube/config. */
export function userKubeconfigPath(env: Environment): string {
  const [first] = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return first ?? join(env['HOME'] ?? '/root', '.kube', 'config')
}

/** Writes the user's certificate and makes the profile's context the current one; whether it changed. */
export async function configureUser(
  paths: Paths,
  profile: Profile,
  env: Environment,
): Promise<boolean> {
  const files = await copyCredentials(paths)
  const path = userKubeconfigPath(env)
  const before = await readFile(path, 'utf8').catch(() => '')
  await mergeIntoKubeconfig(
    path,
    {
      ...namesOf(profile.name),
      cluster: { 'certificate-authority': files.ca, server: serverUrl(profile) },
      user: { 'client-certificate': files.certificate, 'client-key': files.key },
      namespace: 'default',
    },
    { current: true },
  )
  return before !== (await readFile(path, 'utf8'))
}

export async function unconfigureUser(paths: Paths, env: Environment): Promise<void> {
  await removeFromKubeconfig(userKubeconfigPath(env), namesOf(paths.profile))
}

/** Whether kubectl would reach this cluster through the profile's context. */
export async function isConfigured(
  paths: Paths,
  profile: Profile,
  env: Environment,
): Promise<boolean> {
  const config = await readKubeconfig(userKubeconfigPath(env)).catch(() => undefined)
  const found = config?.clusters?.find(({ name }) => name === paths.profile)
  return found?.cluster.server === serverUrl(profile)
}

function namesOf(profile: string): EntryNames {
  return { clusterName: profile, userName: profile, contextName: profile }
}

/** Where minikube has them, so that the kubeconfig holds paths and the key lies in one place of the user's. */
async function copyCredentials(
  paths: Paths,
): Promise<{ ca: string; certificate: string; key: string }> {
  await mkdir(paths.profileHome, { recursive: true, mode: 0o700 })
  const rows = [
    ['ca', 'ca.crt', join(paths.profileHome, 'ca.crt'), 0o644],
    ['certificate', 'admin.crt', join(paths.profileHome, 'client.crt'), 0o644],
    ['key', 'admin.key', join(paths.profileHome, 'client.key'), 0o600],
  ] as const
  for (const [, from, to, mode] of rows) {
    await replaceFile(to, await readFile(join(paths.pki, from), 'utf8'), mode)
  }
  return { ca: rows[0][2], certificate: rows[1][2], key: rows[2][2] }
}
