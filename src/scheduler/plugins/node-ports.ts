import { resolvable, type Plugin } from '#scheduler/framework.ts'

export const nodePorts: Plugin = {
  name: 'NodePorts',
  wakesOn: ['NodeAdd', 'PodDelete'],
  preFilter: ({ hostPorts }) => (hostPorts.length === 0 ? { type: 'skip' } : { type: 'go' }),
  filter: ({ hostPorts }, node) =>
    hostPorts.some((port) => node.portTaken(port))
      ? resolvable("node(s) didn't have free ports for the requested pod ports")
      : undefined,
}
