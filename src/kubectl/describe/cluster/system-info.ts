/** Upstream: describe.go, the part "System Info" of describeNode. */
import type { NodeSystemInfo } from '#api/core/v1.gen.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

const rows = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
] as const

export function writeSystemInfo(w: PrefixWriter, info: NodeSystemInfo | undefined): void {
  w.write(0, 'System Info:\n')
  for (const [label, field] of rows) w.write(1, `${label}:\t${info?.[field] ?? ''}\n`)
}
