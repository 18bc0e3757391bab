/** Every place on this machine that a cluster of one profile uses: `delete` removes just these. */
import { join } from 'node:path'

export interface Paths {
  readonly profile: string
  /** `~/.minikube`: what the user's tools read (certificate authority, client certificate). */
  readonly home: string
  readonly profileHome: string
  readonly config: string
  /** Durable state: database, certificates, images, containers. */
  readonly state: string
  /** Sockets and process ids; gone after a reboot. */
  readonly run: string
  readonly logs: string
  readonly pki: string
  readonly kubeconfigs: string
  readonly database: string
  readonly manifests: string
  readonly kubelet: string
  readonly containerd: {
    readonly root: string
    readonly state: string
    readonly socket: string
    readonly config: string
    readonly registryHosts: string
  }
  readonly cni: { readonly config: string; readonly state: string }
  readonly podLogs: string
  readonly imageCache: string
  readonly registry: string
}

export function pathsOf(profile: string, env: Readonly<Record<string, string | undefined>>): Paths {
  const home = env['MINIKUBE_HOME'] ?? join(env['HOME'] ?? '/root', '.minikube')
  const state = join('/var/lib/k8ts', profile)
  const run = join('/run/k8ts', profile)
  const profileHome = join(home, 'profiles', profile)
  return {
    profile,
    home,
    profileHome,
    config: join(profileHome, 'config.json'),
    state,
    run,
    logs: join('/var/log/k8ts', profile),
    pki: join(state, 'pki'),
    kubeconfigs: join(state, 'kubeconfigs'),
    database: join(state, 'registry.sqlite'),
    manifests: join(state, 'manifests'),
    kubelet: join(state, 'kubelet'),
    containerd: {
      root: join(state, 'containerd'),
      state: join(run, 'containerd'),
      socket: join(run, 'containerd.sock'),
      config: join(state, 'containerd.toml'),
      registryHosts: join(state, 'registry-hosts'),
    },
    cni: { config: join(state, 'cni'), state: '/var/lib/cni' },
    podLogs: join('/var/log/k8ts', profile, 'pods'),
    imageCache: '/var/cache/k8ts/packages',
    registry: join(state, 'registry'),
  }
}
