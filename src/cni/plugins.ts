import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

/** Where plugins lie: upstream's folder, Debian's, Fedora's. */
export const pluginFolders = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'] as const

const needed = ['bridge', 'host-local', 'loopback', 'portmap'] as const

/** The first folder that holds every plugin that pods need; undefined when none does. */
export async function findPluginFolder(
  folders: readonly string[] = pluginFolders,
): Promise<string | undefined> {
  for (const folder of folders) {
    const found = await Promise.all(needed.map((plugin) => executable(join(folder, plugin))))
    if (found.every(Boolean)) return folder
  }
  return undefined
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
