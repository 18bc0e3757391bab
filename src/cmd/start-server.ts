/** The API server with all its parts, from its flags: the one place where they meet. */
import { randomUUID } from 'node:crypto'
import { signingKey, signToken } from '#apiserver/authentication/jwt.ts'
import { parseModes } from '#apiserver/authorization/union.ts'
import { proxyEndpoints, proxyUpgrades } from '#apiserver/proxy/http-proxy.ts'
import type { KubeletClient } from '#apiserver/proxy/kubelet.ts'
import { podLog } from '#apiserver/proxy/pod-log.ts'
import { podStreams, upgradeRequired } from '#apiserver/proxy/pod-streams.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { standardParts } from '#apiserver/standard-parts.ts'
import { startApiServer, type ApiServer } from '#apiserver/server.ts'
import { UserError } from '#base/user-error.ts'
import type { Logger } from '#base/logger.ts'
import type { SignToken } from '#controllers/service-account-token/controller.ts'
import { openSqlite } from '#storage/sqlite/sqlite.ts'
import { portRange, readPems, type Pems } from './apiserver-flags.ts'
import { openAudit } from './audit-flags.ts'
import { ComponentHealth } from './component-health.ts'
import type { Parsed } from './flags.ts'
import type { World } from './program.ts'

export interface StartedServer extends AsyncDisposable {
  readonly api: ApiServer
  readonly health: ComponentHealth
  /** Signs tokens with the key that the server trusts. */
  readonly signToken: SignToken
}

export interface StartServerOptions {
  readonly world: World
  readonly flags: Parsed
  readonly log: Logger
}

/** Opens the store and serves; disposing it drains requests and closes the store. */
export async function startServer({
  world,
  flags,
  log,
}: StartServerOptions): Promise<StartedServer> {
  const pems = await readPems(flags)
  const path = flags.string('storage-file')
  if (path === '') throw new UserError('--storage-file is needed')
  await using stack = new AsyncDisposableStack()
  const storage = stack.use(await openSqlite({ path, clock: world.clock }))
  const { clock, stdout } = world
  const audit = await openAudit(flags, { clock, stdout, log: log.named('kube-apiserver') })
  if (audit !== undefined) stack.use(audit)
  const health = new ComponentHealth()
  const range = flags.string('service-cluster-ip-range')
  const nodePorts = portRange(flags.string('service-node-port-range'))
  const api = stack.use(
    await startApiServer({
      storage,
      clock: world.clock,
      log: log.named('kube-apiserver'),
      random: world.random,
      uid: () => randomUUID(),
      listen: {
        address: flags.string('bind-address'),
        port: flags.integer('secure-port'),
        cert: pems.cert,
        key: pems.key,
        clientCa: pems.clientCa,
      },
      advertiseAddress: flags.string('advertise-address'),
      serviceAccount: {
        issuer: flags.string('service-account-issuer'),
        key: pems.serviceAccountKey,
        publicKeys: pems.serviceAccountPublicKeys,
      },
      serviceClusterIpRange: range,
      serviceNodePortRange: nodePorts,
      anonymousAuth: flags.boolean('anonymous-auth'),
      components: health.checks,
      ...(audit !== undefined && { auditor: audit.auditor }),
      parts: standardParts({
        clock: world.clock,
        log,
        random: world.random,
        serviceClusterIpRange: range,
        serviceNodePortRange: nodePorts,
        authorizationModes: parseModes(flags.strings('authorization-mode')),
        admissionPlugins: {
          enable: flags.strings('enable-admission-plugins'),
          disable: flags.strings('disable-admission-plugins'),
        },
        endpoints: (objects) => streams(pems, objects, world),
      }),
    }),
  )
  const owned = stack.move()
  const key = signingKey(pems.serviceAccountKey)
  const sign: SignToken = (claims) => signToken(claims, key)
  return { api, health, signToken: sign, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function streams(pems: Pems, objects: Objects, world: World) {
  const kubelet: KubeletClient = {
    ca: pems.kubeletCa,
    cert: pems.kubeletCert,
    key: pems.kubeletKey,
    objects: () => objects,
  }
  const refused = ['exec', 'attach', 'portforward'].flatMap((name) =>
    ['GET', 'POST'].map((method) => [`${method} pods/${name}`, upgradeRequired] as const),
  )
  return {
    plain: new Map([
      ['GET pods/log', podLog(kubelet)] as const,
      ...refused,
      ...proxyEndpoints(kubelet, world.random),
    ]),
    upgrade: new Map([...podStreams(kubelet), ...proxyUpgrades(kubelet, world.random)]),
  }
}
