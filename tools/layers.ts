/** The architecture, as data: what each folder of src/ may import. A row may list only rows above it. */
export interface Layer {
  imports: readonly string[]
  /** Only 'node' layers may import node:* */
  runs: 'anywhere' | 'node'
  /** Third-party packages, by name. */
  npm?: readonly string[]
}

const machinery = ['base', 'api', 'client']

export const layers: Record<string, Layer> = {
  base: { runs: 'anywhere', imports: [] },
  api: { runs: 'anywhere', imports: ['base'], npm: ['js-yaml', 'ip-address'] },
  // https-transport.ts is the one file here that needs Node; the rest must not.
  client: { runs: 'node', imports: ['base', 'api'], npm: ['ws'] },
  linux: { runs: 'node', imports: ['base'] },
  storage: { runs: 'node', imports: ['base'], npm: ['@grpc/grpc-js'] },
  cri: { runs: 'node', imports: ['base'], npm: ['@grpc/grpc-js'] },
  cni: { runs: 'node', imports: ['base', 'linux'] },
  streams: { runs: 'node', imports: ['base'], npm: ['ws'] },
  cel: { runs: 'anywhere', imports: ['base', 'api'], npm: ['re2js'] },
  resources: { runs: 'anywhere', imports: ['base', 'api', 'cel'], npm: ['re2js'] },
  apiserver: {
    runs: 'node',
    imports: [...machinery, 'storage', 'resources', 'streams', 'cel'],
    npm: ['ws', 'jose', 'lru-cache'],
  },
  controllers: { runs: 'anywhere', imports: [...machinery, 'cel'], npm: ['croner'] },
  scheduler: { runs: 'anywhere', imports: machinery },
  kubelet: { runs: 'node', imports: [...machinery, 'linux', 'cri', 'cni', 'streams'], npm: ['ws'] },
  proxy: { runs: 'node', imports: [...machinery, 'linux'] },
  dns: { runs: 'node', imports: machinery, npm: ['dns-packet'] },
  bootstrap: { runs: 'node', imports: machinery },
  kubectl: { runs: 'node', imports: [...machinery, 'streams'], npm: ['modern-tar', 'ws'] },
  cluster: {
    runs: 'node',
    imports: [...machinery, 'linux', 'cri', 'cni', 'bootstrap'],
    npm: ['modern-tar'],
  },
}
layers['testing'] = { runs: 'node', imports: Object.keys(layers) }
layers['cmd'] = { runs: 'node', imports: Object.keys(layers).filter((name) => name !== 'testing') }
