import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '#base/logger.ts'
import { credentialsOfConfig } from './credentials.ts'
import type { RegistryCredential } from './credentials.ts'

/** The node's own registry credentials, where upstream looks for Docker's config.json. */
export async function nodeCredentials(
  root: string,
  log: Logger,
): Promise<readonly RegistryCredential[]> {
  for (const path of [join(root, 'config.json'), join(homedir(), '.docker', 'config.json')]) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    try {
      return credentialsOfConfig(text)
    } catch (error) {
      log.warning('registry credentials not read', { path, err: String(error) })
    }
  }
  return []
}
