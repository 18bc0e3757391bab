import { unresolvable, type Plugin } from '#scheduler/framework.ts'

export const nodeName: Plugin = {
  name: 'NodeName',
  wakesOn: ['NodeAdd'],
  filter: ({ pod }, node) =>
    pod.spec.nodeName === undefined || pod.spec.nodeName === node.name
      ? undefined
      : unresolvable("node(s) didn't match the requested node name"),
}
