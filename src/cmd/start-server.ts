/** The API server with all its parts, from its flags: the one place where they meet. */
import { randomUUID } from 'node:crypto'
import { signingKey, signToken } from '#apiserver/authentication/jwt.ts'
import type { KubeletClient } from '#apiserver/proxy/kubelet.ts'
import { proxies } from '#apiserver/proxy/proxies.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { standardParts } from '#apiserver/standard-parts.ts'
import { startApiServer, type ApiServer } from '#apiserver/server.ts'
import type { ApiServerParts, ServiceAccountOptions } from '#apiserver/server-options.ts'
import { UserError } from '#base/user-error.ts'
import type { Logger } from '#base/logger.ts'
import type { SignToken } from '#controllers/service-account-token/controller.ts'
import type { AdmissionConfigurations } from '#apiserver/admission/configurations.ts'
import { readAdmission } from './admission-flags.ts'
import { portRange, readAggregation, readPems, type Pems } from './apiserver-flags.ts'
import { readAuthentication } from './authentication-flags.ts'
import { readAuthorization, type AuthorizationChoice } from './authorization-flags.ts'
import { openAudit } from './audit-flags.ts'
import { ComponentHealth } from './component-health.ts'
import type { Parsed } from './flags.ts'
import type { World } from './program.ts'
import { servingOptions } from './serving-flags.ts'
import { openStorage } from './storage-flags.ts'

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
  const { clock, random, stdout } = world
  const webhookWorld = { clock, random, log: log.named('kube-apiserver') }
  const [pems, authentication, authorization, aggregation, admission] = await Promise.all([
    readPems(flags),
    readAuthentication(flags, webhookWorld),
    readAuthorization(flags, webhookWorld),
    readAggregation(flags),
    readAdmission(flags),
  ])
  await using stack = new AsyncDisposableStack()
  const opened = stack.use(await openStorage({ flags, world, log }))
  const { storage, compaction, isStoreShared, storeChecks } = opened
  const audit = await openAudit(flags, { ...webhookWorld, stdout })
  if (audit !== undefined) stack.use(audit)
  const health = new ComponentHealth()
  const limits = servingOptions(flags)
  const api = stack.use(
    await startApiServer({
      storage,
      compaction,
      isStoreShared,
      ...(storeChecks !== undefined && { storeChecks }),
      storeTimeoutsMs: {
        health: flags.durationMs('etcd-healthcheck-timeout'),
        ready: flags.durationMs('etcd-readycheck-timeout'),
      },
      clock: world.clock,
      log: log.named('kube-apiserver'),
      random: world.random,
      uid: () => randomUUID(),
      listen: { ...listenOn(flags, pems), ...limits.listen },
      flowControl: limits.flowControl,
      serving: limits.serving,
      advertiseAddress: flags.string('advertise-address'),
      serviceAccount: serviceAccountOf(flags, pems),
      serviceClusterIpRange: flags.string('service-cluster-ip-range'),
      serviceNodePortRange: portRange(flags.string('service-node-port-range')),
      authentication,
      aggregation,
      components: health.checks,
      ...(audit !== undefined && { auditor: audit.auditor }),
      parts: partsOf({ world, flags, log }, pems, { authorization, admission }),
    }),
  )
  const owned = stack.move()
  const key = signingKey(pems.serviceAccountKey)
  const sign: SignToken = (claims) => signToken(claims, key)
  return { api, health, signToken: sign, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function listenOn(flags: Parsed, { cert, key, clientCa }: Pems) {
  const address = flags.string('bind-address')
  return { address, port: flags.integer('secure-port'), cert, key, clientCa }
}

interface Judges {
  readonly authorization: AuthorizationChoice
  readonly admission: AdmissionConfigurations
}

function partsOf(
  { world, flags, log }: StartServerOptions,
  pems: Pems,
  { authorization, admission }: Judges,
): ApiServerParts {
  return standardParts({
    clock: world.clock,
    log,
    random: world.random,
    uid: () => randomUUID(),
    serviceClusterIpRange: flags.string('service-cluster-ip-range'),
    serviceNodePortRange: portRange(flags.string('service-node-port-range')),
    authorizationModes: authorization.modes,
    authorizationWebhooks: authorization.webhooks,
    authorizationPolicies: authorization.policies,
    admissionPlugins: {
      enable: flags.strings('enable-admission-plugins'),
      disable: flags.strings('disable-admission-plugins'),
    },
    admissionConfigurations: admission,
    routing: flags.boolean('enable-aggregator-routing'),
    endpoints: (objects) => streams(pems, objects, world),
  })
}

function serviceAccountOf(flags: Parsed, pems: Pems): ServiceAccountOptions {
  const [issuer, ...otherIssuers] = flags.strings('service-account-issuer')
  if (issuer === undefined || issuer === '') {
    throw new UserError('--service-account-issuer is needed')
  }
  const apiAudiences = flags.strings('api-audiences')
  const maxExpirationSeconds = flags.durationMs('service-account-max-token-expiration') / 1000
  if (
    maxExpirationSeconds !== 0 &&
    (maxExpirationSeconds < 3600 || maxExpirationSeconds > 2 ** 32)
  ) {
    throw new UserError(
      'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds',
    )
  }
  const jwksUri = flags.string('service-account-jwks-uri')
  return {
    issuer,
    otherIssuers,
    key: pems.serviceAccountKey,
    publicKeys: pems.serviceAccountPublicKeys,
    extendExpiration: flags.boolean('service-account-extend-token-expiration'),
    ...(apiAudiences.length > 0 && { apiAudiences }),
    ...(maxExpirationSeconds > 0 && { maxExpirationSeconds }),
    ...(jwksUri !== '' && { jwksUri }),
  }
}

function streams(pems: Pems, objects: Objects, world: World) {
  const kubelet: KubeletClient = {
    ca: pems.kubeletCa,
    cert: pems.kubeletCert,
    key: pems.kubeletKey,
    objects: () => objects,
  }
  return proxies(kubelet, world.random)
}
