/** How a client is known to the server: what the kubeconfig says, or what a plugin answers. */
import { readFileSync } from 'node:fs'
import type { Connection } from '#kubectl/config/connection.ts'
import type { Io } from '#kubectl/io.ts'

export interface Credentials {
  /** The Authorization header. */
  authorization(): Promise<string | undefined>
  /** A client certificate in place of the kubeconfig's. */
  certificate(): Promise<{ readonly cert: Buffer; readonly key: Buffer } | undefined>
  /** Gets new ones after a 401; false: there is nothing to get. */
  refresh(): Promise<boolean>
}

export function credentialsOf(connection: Connection, io: Io): Credentials {
  const { exec, token, tokenFile, username, password = '' } = connection
  const fixed = (header: string | undefined): Credentials => ({
    authorization: async () => header,
    certificate: async () => undefined,
    refresh: async () => false,
  })
  if (tokenFile !== undefined) return fixed(`Bearer ${readFileSync(tokenFile, 'utf8').trim()}`)
  if (token !== undefined) return fixed(`Bearer ${token}`)
  if (username !== undefined) {
    return fixed(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`)
  }
  if (exec === undefined) return fixed(undefined)
  let plugin: Promise<Credentials> | undefined
  const loaded = (): Promise<Credentials> =>
    (plugin ??= import('./exec-plugin.ts').then(({ execPlugin }) =>
      execPlugin(exec, connection, io),
    ))
  return {
    authorization: async () => await (await loaded()).authorization(),
    certificate: async () => await (await loaded()).certificate(),
    refresh: async () => await (await loaded()).refresh(),
  }
}
