/** The server's own objects: made at the start, repaired when somebody changes them. */
import {
  endpoints,
  endpointslices,
  flowschemas,
  namespaces,
  prioritylevelconfigurations,
  services,
} from '#api/resources.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Assembly } from '#apiserver/server.ts'
import type { StartHook, StartHooks } from '#apiserver/start-hooks.ts'
import { publishTrust } from './authentication-config.ts'
import { firstClusterIp } from '#apiserver/registry/service-allocator.ts'
import {
  ensureFlowControl,
  ensureMandatory,
  tellDangling,
} from '#apiserver/flow-control/keep-configuration.ts'
import { flowSchemas } from '#resources/flow-control/flow-schema.ts'
import { keep } from './keep.ts'
import { ensureServiceCidr } from './default-service-cidr.ts'
import { ensureLegacyTokenTracking, keepLegacyTokenTracking } from './legacy-token-tracking.ts'
import { claimRepair, keepClaims } from './keep-claims.ts'
import { keepServing } from './keep-serving.ts'
import { ensureKubernetesService } from './kubernetes-service.ts'
import { ensurePriorityClasses } from './priority-classes.ts'
import { serverAddresses, type ServerAddresses } from './server-addresses.ts'
import { ensureSystemNamespaces, systemNamespaces } from './system-namespaces.ts'

/** A server with a few kinds only has none to keep. */
function hasFlowControl({ options }: Assembly): boolean {
  return options.resources === undefined || options.resources.includes(flowSchemas)
}

export function startHooksOf(assembly: Assembly): readonly StartHook[] {
  const { options, registry } = assembly
  const { objects } = registry
  const { bootstrap } = options.parts
  const claims = claimRepair(assembly)
  const { promise: namespacesMade, resolve } = Promise.withResolvers<void>()
  return [
    {
      name: 'start-system-namespaces-controller',
      async run() {
        await ensureSystemNamespaces(objects)
        resolve()
      },
    },
    ...(assembly.port === 0 ? [] : [kubernetesServiceHook(assembly, namespacesMade)]),
    {
      name: 'start-cluster-authentication-info-controller',
      async run() {
        await namespacesMade
        const { listen, authentication } = options
        const requestHeader = authentication?.requestHeader
        await publishTrust(objects, { clientCa: listen?.clientCa, requestHeader })
      },
    },
    {
      name: 'start-legacy-token-tracking-controller',
      async run() {
        await namespacesMade
        await ensureLegacyTokenTracking(objects, options.clock.nowMs())
      },
    },
    {
      name: 'scheduling/bootstrap-system-priority-classes',
      run: () => ensurePriorityClasses(objects),
    },
    ...(claims === undefined
      ? []
      : [
          { name: 'start-service-ip-repair-controllers', run: () => claims.run() },
          {
            name: 'start-kubernetes-service-cidr-controller',
            run: () =>
              ensureServiceCidr(objects, {
                cidrs: options.serviceClusterIpRange.split(','),
                nowMs: options.clock.nowMs(),
              }),
          },
        ]),
    ...(hasFlowControl(assembly)
      ? [
          {
            name: 'priority-and-fairness-config-producer',
            run: () => ensureFlowControl(objects, () => options.clock.nowMs()),
          },
        ]
      : []),
    ...(bootstrap === undefined
      ? []
      : [{ name: 'rbac/bootstrap-roles', run: () => bootstrap(objects) }]),
  ]
}

function kubernetesServiceHook(assembly: Assembly, namespacesMade: Promise<void>): StartHook {
  const addresses = serverAddresses(assembly.options)
  return {
    name: 'bootstrap-controller',
    async run() {
      await namespacesMade
      await addresses.renew()
      await ensureService(assembly, addresses)
    },
  }
}

async function ensureService(assembly: Assembly, addresses: ServerAddresses): Promise<void> {
  const { options, registry, port } = assembly
  const clusterIp = firstClusterIp(primaryRange(options.serviceClusterIpRange))
  const wanted = { clusterIp, addresses: await addresses.all(), port }
  await ensureKubernetesService(registry.objects, wanted)
}

/** Until the server closes, the namespaces and the `kubernetes` Service come back when they are touched. */
export function repairs(assembly: Assembly, hooks: StartHooks): readonly AsyncDisposable[] {
  const { options, registry, port } = assembly
  const { objects } = registry
  const { clock, log } = options
  const addresses = serverAddresses(options)
  const onChange = <T extends ApiObject>(
    type: ResourceType<T>,
    isOurs: (object: T) => boolean,
    changed: () => void,
  ): Disposable => objects.subscribe(type, (object) => isOurs(object) && changed())
  const isSystem = ({ metadata }: ApiObject): boolean => systemNamespaces.includes(metadata.name)
  const isService = ({ metadata }: ApiObject): boolean =>
    metadata.namespace === 'default' && metadata.name === 'kubernetes'
  const keepNamespaces = keep({
    repair: () => ensureSystemNamespaces(objects),
    subscribe: (changed) => [onChange(namespaces, isSystem, changed)],
    clock,
    log,
  })
  const claims = claimRepair(assembly)
  const always = [
    keepNamespaces,
    keepLegacyTokenTracking({ objects, clock: options.clock, log }),
    ...(hasFlowControl(assembly) ? [keepFlowControl(assembly, hooks)] : []),
    ...(claims === undefined ? [] : [keepClaims(assembly, claims)]),
  ]
  if (port === 0) return always
  const ensure = () => ensureService(assembly, addresses)
  if (options.isStoreShared === true) {
    // At intervals, as upstream: two servers that want different things must not answer each other at once.
    return [...always, keepServing({ ...options, addresses, ensure })]
  }
  const keepService = keep({
    repair: ensure,
    subscribe: (changed) =>
      [services, endpoints, endpointslices].map((type) =>
        onChange(type as ResourceType<ApiObject>, isService, changed),
      ),
    clock,
    log,
  })
  return [...always, keepService]
}

/** The mandatory ones come back; suggested ones that somebody deleted wait for the next start. */
function keepFlowControl(
  { options, registry: { objects }, closing }: Assembly,
  hooks: StartHooks,
): AsyncDisposable {
  return keep({
    async repair() {
      await hooks.done(closing).catch(() => {}) // what the hook still writes needs no repair
      if (closing.aborted) return
      await ensureMandatory(objects)
      await tellDangling(objects, () => options.clock.nowMs())
    },
    subscribe: (changed) => [
      objects.subscribe(flowschemas, changed),
      objects.subscribe(prioritylevelconfigurations, changed),
    ],
    clock: options.clock,
    log: options.log,
  })
}

/** Of two ranges, the first is the one of the cluster's own Service. */
function primaryRange(ranges: string): string {
  return ranges.split(',', 1)[0] ?? ''
}
