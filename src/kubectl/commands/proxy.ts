/** `kubectl proxy`. Upstream: kubectl pkg/cmd/proxy/proxy.go. */
import { bool, duration, int, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'

const defaultPort = 8001

export const command: Command = {
  use: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  about:
    'Run a server on this machine that passes requests on to the API server as the user of the kubeconfig, and serves files of a folder.',
  examples: [
    ['The whole API', 'kubectl proxy'],
    ['At any port', 'kubectl proxy --port=0'],
    [
      'Part of the API, and files',
      'kubectl proxy --www=./site --www-prefix=/static/ --api-prefix=/api/',
    ],
    ['The whole API under another path', 'kubectl proxy --api-prefix=/custom/'],
  ],
  flags: [
    string('accept-hosts', 'Expressions of hosts that are accepted.', {
      default: String.raw`^localhost$,^127\.0\.0\.1$,^\[::1\]$`,
    }),
    string('accept-paths', 'Expressions of paths that are accepted.', { default: '^.*' }),
    string('address', 'Address to listen on.', { default: '127.0.0.1' }),
    string('api-prefix', 'Path under which the API is served.', { default: '/' }),
    bool('append-server-path', 'Requests go below the path of the server in the kubeconfig.'),
    bool('disable-filter', 'Pass on all requests; whoever reaches the port has your rights.'),
    duration('keepalive', 'How often a connection shows that it is there; 0: never.'),
    int('port', 'Port to listen on; 0: any.', { short: 'p', default: defaultPort }),
    string('reject-methods', 'Expressions of methods that are refused.', { default: '^$' }),
    string('reject-paths', 'Expressions of paths that are refused even when they are accepted.', {
      default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
    }),
    string('unix-socket', 'Socket to listen on.', { short: 'u' }),
    string('www', 'Folder with files to serve.', { short: 'w' }),
    string('www-prefix', 'Path under which they are served.', { short: 'P', default: '/static/' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const { filterOf, listen, warnOfFolder } = await import('#kubectl/proxy/listen.ts')
  const filter = filterOf(call)
  if (flags.int('port') !== defaultPort && flags.string('unix-socket') !== '') {
    throw new CommandError('cannot set --unix-socket and --port at the same time')
  }
  warnOfFolder(call)
  const { proxyServer } = await import('#kubectl/proxy/server.ts')
  const slashed = (name: string): string => flags.string(name).replace(/\/?$/, '/')
  const keepAliveMs = flags.durationMs('keepalive')
  const server = await proxyServer(call, {
    apiPrefix: slashed('api-prefix'),
    staticPrefix: slashed('www-prefix'),
    staticFolder: flags.string('www'),
    appendServerPath: flags.bool('append-server-path'),
    filter,
    keepAliveMs,
  })
  await listen(call, server)
}
