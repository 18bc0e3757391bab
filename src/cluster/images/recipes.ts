/**
 * Images that this machine can build from its own distribution's packages, for where no image registry
 * can be reached: the book's nginx, a busybox for looking around, and the pause image of every pod.
 */
export interface Recipe {
  /** Repository as containerd asks for it, below the registry host. */
  readonly repository: string
  /** The registry host whose mirror serves it. */
  readonly registry: 'docker.io' | 'registry.k8s.io'
  readonly tags: readonly string[]
  readonly packages: readonly string[]
  /** Follow the packages' library dependencies. */
  readonly libraries: boolean
  readonly files: Readonly<Record<string, string>>
  readonly links: Readonly<Record<string, string>>
  readonly directories: readonly string[]
  readonly config: {
    readonly Entrypoint?: readonly string[]
    readonly Cmd?: readonly string[]
    readonly Env?: readonly string[]
    readonly ExposedPorts?: Readonly<Record<string, object>>
    readonly StopSignal?: string
  }
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  'www-data:x:33:33:www-data:/var/www:/bin/false',
  'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
  '',
].join('\n')

const group = ['root:x:0:', 'www-data:x:33:', 'nogroup:x:65534:', ''].join('\n')

const applets = [
  'sh',
  'ash',
  'cat',
  'chmod',
  'cp',
  'cut',
  'date',
  'dd',
  'df',
  'du',
  'echo',
  'env',
  'false',
  'find',
  'grep',
  'head',
  'hostname',
  'httpd',
  'id',
  'ip',
  'kill',
  'ln',
  'ls',
  'mkdir',
  'mount',
  'mv',
  'nc',
  'netstat',
  'nslookup',
  'ping',
  'ps',
  'pwd',
  'rm',
  'sed',
  'seq',
  'sleep',
  'sort',
  'stat',
  'sync',
  'tail',
  'tar',
  'tee',
  'test',
  'top',
  'touch',
  'true',
  'uname',
  'vi',
  'wc',
  'wget',
  'whoami',
  'xargs',
]

const busyboxLinks = Object.fromEntries(applets.map((applet) => [`bin/${applet}`, 'busybox']))

const nginxConf = `worker_processes 1;
error_log /dev/stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  types { text/html html; text/css css; application/javascript js; image/png png; }
  default_type application/octet-stream;
  access_log /dev/stdout;
  server {
    listen 80;
    root /usr/share/nginx/html;
    index index.html;
  }
}
`

export const recipes: readonly Recipe[] = [
  {
    repository: 'library/nginx',
    registry: 'docker.io',
    tags: ['latest', 'stable', '1.22'],
    packages: ['nginx', 'nginx-common', 'busybox-static'],
    libraries: true,
    files: { 'etc/passwd': passwd, 'etc/group': group, 'etc/nginx/nginx.conf': nginxConf },
    links: busyboxLinks,
    directories: ['run', 'tmp', 'root', 'var/log/nginx', 'var/lib/nginx', 'dev', 'proc', 'sys'],
    config: {
      Entrypoint: ['/usr/sbin/nginx'],
      Cmd: ['-g', 'daemon off;'],
      Env: [path],
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGQUIT',
    },
  },
  {
    repository: 'library/busybox',
    registry: 'docker.io',
    tags: ['latest', '1.35'],
    packages: ['busybox-static'],
    libraries: false,
    files: { 'etc/passwd': passwd, 'etc/group': group },
    links: busyboxLinks,
    directories: ['tmp', 'root', 'dev', 'proc', 'sys', 'var', 'usr/bin'],
    config: { Cmd: ['sh'], Env: [path] },
  },
  {
    repository: 'pause',
    registry: 'registry.k8s.io',
    tags: ['3.10.1'],
    packages: ['catatonit'],
    libraries: false,
    files: {},
    links: {},
    directories: ['dev', 'proc', 'sys'],
    config: { Entrypoint: ['/usr/bin/catatonit', '-P'], Env: [path] },
  },
]

/** The image of every pod's sandbox, in containerd's configuration. */
export const pauseImage = 'registry.k8s.io/pause:3.10.1'
