/** `kubectl expose`. Upstream: kubectl pkg/cmd/expose/expose.go. */
import { string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { labelsOf, overridden } from '#kubectl/generators/overrides.ts'
import { exposedSpec } from '#kubectl/generators/exposed.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { select } from '#kubectl/objects/selection.ts'
import { createObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  about: `Expose a resource as a new Kubernetes service.

 The selector of a deployment, replica set, replication controller or service, or the labels of a pod, become
 the selector of the service; its ports are those of the resource unless --port says others.

 Possible resources include: pod (po), service (svc), replicationcontroller (rc), deployment (deploy), replicaset (rs)`,
  examples: [
    ['Expose a deployment', 'kubectl expose deployment web --port=80 --target-port=8000'],
    ['Outside of the cluster', 'kubectl expose deployment web --port=80 --type=LoadBalancer'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to expose a service'),
    dryRunFlag,
    fieldManagerFlag('kubectl-expose'),
    saveConfigFlag,
    string('cluster-ip', "Address of the service; 'None': a headless one."),
    string('external-ip', 'Further address at which the service is reached.'),
    string('labels', 'Labels of the service.', { short: 'l' }),
    string('load-balancer-ip', 'Address of the load balancer.'),
    string('name', 'Name of the service.'),
    string('override-type', 'How --overrides is merged: json, merge, or strategic.', {
      default: 'merge',
    }),
    string('overrides', 'JSON that overrides the generated object.'),
    string('port', 'Port of the service.'),
    string('protocol', "Protocol of the service. Default is 'TCP'."),
    string('selector', 'Labels that select the pods.'),
    string('session-affinity', "'None' or 'ClientIP'."),
    string('target-port', 'Port of the containers, by number or name.'),
    string('type', 'Type of the service: ClusterIP, NodePort, LoadBalancer, ExternalName.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const dryRun = await dryRunOf(call)
  const selection = await select(call, {
    args: call.args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
  })
  const infos = await fetchAll(call, selection, { latest: true })
  const printer = await resultPrinter(call, 'exposed', dryRun)
  for (const info of infos) {
    const service = await overridden(call, await serviceOf(call, info))
    const full = flags.bool('save-config')
      ? withLastApplied(service)
      : withLastAppliedIfThere(service)
    if (dryRun === 'client') {
      call.io.stdout(printer.print(full, 'given'))
      continue
    }
    const at = { mapping: localMapping('v1', 'Service'), namespace: info.namespace }
    const options = { dryRun, fieldManager: flags.string('field-manager') }
    call.io.stdout(printer.print(await createObject(call, at, full, options)))
  }
}

async function serviceOf(call: Call, info: Info): Promise<KubeObject> {
  const { flags } = call
  const { selector, ports, labels } = exposedSpec(info, flags.string('selector'))
  const portText = flags.string('port')
  const wanted = portText === '' ? ports.map(({ port }) => String(port)) : portText.split(',')
  if (wanted.length === 0) {
    throw new CommandError("couldn't find port via --port flag or introspection")
  }
  const given = flags.string('labels')
  const type = flags.string('type')
  const clusterIP = flags.string('cluster-ip')
  const affinity = flags.string('session-affinity')
  const externalIp = flags.string('external-ip')
  const name = flags.string('name') === '' ? info.name : flags.string('name')
  const ownLabels = given === '' ? labels : labelsOf(given)
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: {
      name: name.slice(0, 63),
      ...(info.namespace !== '' && { namespace: info.namespace }),
      ...(ownLabels !== undefined && { labels: ownLabels }),
    },
    spec: {
      ports: portsOf(call, wanted, ports),
      selector,
      ...(clusterIP !== '' && { clusterIP }),
      ...(type !== '' && { type }),
      ...(externalIp !== '' && { externalIPs: [externalIp] }),
      ...(affinity !== '' && { sessionAffinity: checkedAffinity(affinity) }),
      ...(flags.string('load-balancer-ip') !== '' && {
        loadBalancerIP: flags.string('load-balancer-ip'),
      }),
    },
    status: { loadBalancer: {} },
  }
}

function portsOf(
  { flags }: Call,
  wanted: readonly string[],
  known: readonly { readonly port: number; readonly protocol: string }[],
): readonly object[] {
  const target = flags.string('target-port')
  const protocol = flags.string('protocol')
  return wanted.map((text, at) => {
    if (!/^\d+$/.test(text)) {
      throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
    }
    const port = Number(text)
    const own = known.find((one) => one.port === port)?.protocol ?? 'TCP'
    return {
      ...(wanted.length > 1 && { name: `port-${at + 1}` }),
      protocol: protocol === '' ? own : protocol,
      port,
      targetPort: target === '' ? port : /^\d+$/.test(target) ? Number(target) : target,
    }
  })
}

function checkedAffinity(affinity: string): string {
  if (affinity === 'None' || affinity === 'ClientIP') return affinity
  throw new CommandError(`unknown session affinity: ${affinity}`)
}
