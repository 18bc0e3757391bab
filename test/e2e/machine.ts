/** What a cluster may leave on a machine: read before and after, nothing of ours may remain. */
import { readFileSync, readdirSync } from 'node:fs'
import { run } from './kubectl.ts'

export interface Traces {
  readonly mounts: readonly string[]
  readonly interfaces: readonly string[]
  readonly namespaces: readonly string[]
  readonly rules: readonly string[]
  readonly processes: readonly string[]
  readonly cgroups: readonly string[]
}

/** Everything on this machine that looks like the cluster's. */
export async function traces(): Promise<Traces> {
  const [links, rules] = await Promise.all([
    run('ip', ['-o', 'link']),
    Promise.all(['iptables-save', 'ip6tables-save'].map((program) => run(program, []))),
  ])
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => /k8ts|\/netns\/cni-/.test(line)),
    interfaces: links.stdout.split('\n').filter((line) => /\b(?:veth|cni0|cbr0)/.test(line)),
    namespaces: safeList('/var/run/netns').filter((name) => name.startsWith('cni-')),
    rules: rules
      .flatMap(({ stdout }) => stdout.split('\n'))
      .filter((line) => /KUBE-|CNI-|K8TS/.test(line)),
    processes: processes().filter((line) =>
      /k8ts\/(?:e2e|minikube)|containerd-shim.*k8ts/.test(line),
    ),
    cgroups: safeList('/sys/fs/cgroup').flatMap((controller) =>
      safeList(`/sys/fs/cgroup/${controller}`).filter((name) => /kubepods/.test(name)),
    ),
  }
}

/** What pods leave behind: counted, to compare before and after a load. */
export async function podTraces(): Promise<Readonly<Record<string, number>>> {
  const seen = await traces()
  const of = (lines: readonly string[], pattern: RegExp): number =>
    lines.filter((line) => pattern.test(line)).length
  return {
    mounts: seen.mounts.length,
    veths: of(seen.interfaces, /veth/),
    namespaces: seen.namespaces.length,
    containers: runningContainers(),
    serviceRules: of(seen.rules, /KUBE-(?:SVC|SEP)/),
    pluginRules: of(seen.rules, /CNI-/),
  }
}

/** Sandboxes and containers that containerd runs, in every profile. */
function runningContainers(): number {
  return safeList('/run/k8ts').flatMap((profile) =>
    safeList(`/run/k8ts/${profile}/containerd/io.containerd.runtime.v2.task/k8s.io`),
  ).length
}

/** Shims that have outlived their pods (containerd 1.6 loses some under load; stop and delete end them). */
export async function strayShims(): Promise<number> {
  const { processes: found } = await traces()
  return found.filter((line) => /containerd-shim/.test(line)).length - runningContainers()
}

function processes(): readonly string[] {
  return safeList('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
}

function safeList(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
