/** `kubectl create service …`. Upstream: kubectl pkg/cmd/create/create_service.go. */
import { int, string, strings } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call, Command, CommandTable } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create service [flags]',
  about: 'Create a service using a specified subcommand.',
  flags: [],
}

export const commands: CommandTable = {
  clusterip: { summary: 'Create a ClusterIP service', load: async () => clusterIp },
  externalname: { summary: 'Create an ExternalName service', load: async () => externalName },
  loadbalancer: { summary: 'Create a LoadBalancer service', load: async () => loadBalancer },
  nodeport: { summary: 'Create a NodePort service', load: async () => nodePort },
}

const tcpFlag: Flag = strings('tcp', 'Port pairs, PORT[:TARGETPORT].')

const clusterIp: Command = {
  use: 'create service clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
  about: 'Create a ClusterIP service with the specified name.',
  examples: [['Create a service', 'kubectl create service clusterip web --tcp=5678:8080']],
  flags: [...generatorFlags, tcpFlag, string('clusterip', 'Address, or None for a headless one.')],
  run(call) {
    const clusterIP = call.flags.string('clusterip')
    const ports = portsOf(call)
    if (ports.length === 0 && clusterIP !== 'None') throw noPorts()
    return createService(call, ports, { type: 'ClusterIP', ...(clusterIP !== '' && { clusterIP }) })
  },
}

const nodePort: Command = {
  use: 'create service nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  about: 'Create a NodePort service with the specified name.',
  examples: [['Create a service', 'kubectl create service nodeport web --tcp=5678:8080']],
  flags: [...generatorFlags, tcpFlag, int('node-port', 'Port of the nodes.')],
  run(call) {
    const port = call.flags.int('node-port')
    const ports = portsOf(call).map((one) => ({ ...one, ...(port > 0 && { nodePort: port }) }))
    if (ports.length === 0) throw noPorts()
    return createService(call, ports, { type: 'NodePort' })
  },
}

const loadBalancer: Command = {
  use: 'create service loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  about: 'Create a LoadBalancer service with the specified name.',
  examples: [['Create a service', 'kubectl create service loadbalancer web --tcp=5678:8080']],
  flags: [...generatorFlags, tcpFlag],
  run(call) {
    const ports = portsOf(call)
    if (ports.length === 0) throw noPorts()
    return createService(call, ports, { type: 'LoadBalancer' })
  },
}

const externalName: Command = {
  use: 'create service externalname NAME --external-name external.name [--dry-run=server|client|none]',
  about: 'Create an ExternalName service with the specified name.',
  examples: [
    ['Create a service', 'kubectl create service externalname db --external-name db.example'],
  ],
  flags: [
    ...generatorFlags,
    tcpFlag,
    string('external-name', 'Name that the service stands for.', { required: true }),
  ],
  run: (call) =>
    createService(call, portsOf(call), {
      type: 'ExternalName',
      externalName: call.flags.string('external-name'),
    }),
}

function noPorts(): CommandError {
  return new CommandError('at least one tcp port specifier must be provided')
}

function portsOf({ flags }: Call): readonly object[] {
  return flags.strings('tcp').map((text) => {
    const [first = '', second] = text.split(':', 2)
    const port = portNumber(first)
    const targetPort = second === undefined ? port : targetOf(second)
    return { name: text.replace(':', '-'), protocol: 'TCP', port, targetPort }
  })
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  const port = Number(text)
  if (port > 65535) {
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`)
  }
  return port
}

function targetOf(text: string): number | string {
  return /^\d+$/.test(text) ? portNumber(text) : text
}

async function createService(call: Call, ports: readonly object[], spec: object): Promise<void> {
  const name = nameOf(call)
  const labels = { app: name }
  await createGenerated(call, {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, labels },
    spec: { ...(ports.length > 0 && { ports }), selector: labels, ...spec },
    status: { loadBalancer: {} },
  })
}
