/** The kubelet's flags, as upstream spells them; what is missing here is refused as unknown. */
import type { Flag } from './flags.ts'

export const kubeletFlags: readonly Flag[] = [
  { name: 'kubeconfig', kind: 'string', usage: 'how to reach the API server' },
  { name: 'hostname-override', kind: 'string', usage: "the node's name" },
  { name: 'node-ip', kind: 'strings', usage: "the node's addresses" },
  { name: 'address', kind: 'string', default: '0.0.0.0', usage: 'where the server listens' },
  { name: 'port', kind: 'integer', default: 10_250, usage: 'the port of HTTPS' },
  {
    name: 'healthz-port',
    kind: 'integer',
    default: 10_248,
    usage: 'of /healthz on loopback; 0: none',
  },
  {
    name: 'container-runtime-endpoint',
    kind: 'string',
    default: 'unix:///run/containerd/containerd.sock',
    usage: "the runtime's socket",
  },
  {
    name: 'root-dir',
    kind: 'string',
    default: '/var/lib/kubelet',
    usage: 'volumes and state of pods',
  },
  { name: 'pod-log-dir', kind: 'string', default: '/var/log/pods', usage: 'logs of containers' },
  { name: 'pod-manifest-path', kind: 'string', usage: 'the folder of static pods' },
  {
    name: 'cni-conf-dir',
    kind: 'string',
    usage: "the runtime's CNI configuration; empty: somebody else sets up the network",
  },
  {
    name: 'image-root',
    kind: 'string',
    default: '/var/lib/containerd',
    usage: 'where the runtime keeps images',
  },
  { name: 'cgroup-driver', kind: 'string', usage: 'cgroupfs or systemd; empty: found out' },
  { name: 'cgroup-root', kind: 'string', usage: 'the cgroup above all pods' },
  { name: 'client-ca-file', kind: 'string', usage: "who signs callers' certificates" },
  { name: 'tls-cert-file', kind: 'string', usage: "the server's certificate" },
  { name: 'tls-private-key-file', kind: 'string', usage: "the server's key" },
  { name: 'cluster-dns', kind: 'strings', usage: 'what pods ask for names' },
  {
    name: 'cluster-domain',
    kind: 'string',
    default: 'cluster.local',
    usage: "the cluster's domain",
  },
  {
    name: 'resolv-conf',
    kind: 'string',
    default: '/etc/resolv.conf',
    usage: "the node's resolver configuration",
  },
  { name: 'node-labels', kind: 'map', usage: "the node's labels at its registration" },
  { name: 'max-pods', kind: 'integer', default: 110, usage: 'how many pods may run' },
  { name: 'eviction-hard', kind: 'string', usage: 'memory.available<100Mi,…' },
]
