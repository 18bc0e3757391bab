/** Network namespaces for this folder's tests: a node, pods behind it, and a client outside. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inNetworkNamespace, run } from '#linux/run.ts'
import type { Run } from '#linux/run.ts'

export interface Lab extends AsyncDisposable {
  /** Runs in the node's namespace. */
  readonly node: Run
  /** Sends `count` requests one after the other; each answer is `name of the server|client's address`. */
  tcp(from: string, address: string, count?: number): Promise<string[]>
  /** The same through one UDP socket on a fixed port, so that all requests are one flow. */
  udp(from: string, address: string, count?: number): Promise<string[]>
}

export const podIp = (number: number): string => `10.244.${number}.2`
export const labNodeIp = '198.18.0.1'
export const outsideIp = '198.18.0.2'

/**
 * `pods` namespaces `pod1` … with a TCP server on port 80 and a UDP server on port 53, and `outside`,
 * which routes all to the node. Needs root.
 */
export async function startLab(prefix: string, pods: number): Promise<Lab> {
  await using stack = new AsyncDisposableStack()
  const name = (short: string): string => `${prefix}-${short}`
  const inside = (short: string): Run => inNetworkNamespace(run, `/run/netns/${name(short)}`)
  const add = async (short: string): Promise<void> => {
    await run('ip', ['netns', 'add', name(short)])
    stack.defer(async () => {
      await run('ip', ['netns', 'delete', name(short)])
    })
    await inside(short)('ip', ['link', 'set', 'lo', 'up'])
  }
  const join = async (short: string, own: string, router: string): Promise<void> => {
    await add(short)
    const link = `v${short}`
    const namespaces = ['netns', name('node')]
    const peer = ['peer', 'name', 'eth0', 'netns', name(short)]
    await run('ip', ['link', 'add', link, ...namespaces, 'type', 'veth', ...peer])
    const input = (lines: string[]): { input: string } => ({ input: `${lines.join('\n')}\n` })
    await inside('node')(
      'ip',
      ['-batch', '-'],
      input([`address add ${router}/24 dev ${link}`, `link set ${link} up`]),
    )
    await inside(short)(
      'ip',
      ['-batch', '-'],
      input([
        `address add ${own}/24 dev eth0`,
        'link set eth0 up',
        `route add default via ${router}`,
      ]),
    )
  }
  await add('node')
  await inside('node')('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1'])
  await inside('node')('sysctl', ['-q', '-w', 'net.ipv4.conf.all.route_localnet=1'])
  // Where packets go that nobody takes.
  await inside('node')('ip', ['-batch', '-'], {
    input:
      'link add nowhere type veth peer name void\nlink set void up\n' +
      'link set nowhere arp off up\nroute add default dev nowhere\n',
  })
  await join('outside', outsideIp, labNodeIp)
  for (let number = 1; number <= pods; number++) {
    await join(`pod${number}`, podIp(number), `10.244.${number}.1`)
    stack.use(await serve(name(`pod${number}`), `pod${number}`))
  }
  const ask =
    (program: string) =>
    async (from: string, address: string, count = 1): Promise<string[]> => {
      const args = ['-e', program, address.slice(0, address.lastIndexOf(':'))]
      const port = address.slice(address.lastIndexOf(':') + 1)
      const out = await inside(from)(process.execPath, [...args, port, String(count)])
      return out.split('\n').filter((line) => line !== '')
    }
  const owned = stack.move()
  return {
    node: inside('node'),
    tcp: ask(tcpClient),
    udp: ask(udpClient),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function serve(namespace: string, name: string): Promise<AsyncDisposable> {
  const args = [`--net=/run/netns/${namespace}`, '--', process.execPath, '-e', server, name]
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const server = `
const name = process.argv[1]
const udp = require('node:dgram').createSocket('udp4')
udp.on('message', (_, from) => udp.send(name + '|' + from.address, from.port, from.address))
udp.bind(53, () => require('node:net')
  .createServer((socket) => {
    socket.on('error', () => {})
    socket.end(name + '|' + socket.remoteAddress.replace('::ffff:', ''))
  })
  .listen(80, () => console.log('ready')))
`

const tcpClient = `
const [host, port, count] = process.argv.slice(1)
const net = require('node:net')
let left = Number(count)
function next() {
  if (left-- === 0) return
  let text = ''
  const socket = net.connect({ host, port: Number(port) })
  socket.setTimeout(1500, () => { console.log('timeout'); socket.destroy() })
  socket.on('data', (data) => { text += data })
  socket.on('error', (error) => { text = error.code })
  socket.on('close', () => { if (text) console.log(text); next() })
}
next()
`

const udpClient = `
const [host, port, count] = process.argv.slice(1)
const socket = require('node:dgram').createSocket('udp4')
let left = Number(count)
let timer
function next() {
  if (left-- === 0) return socket.close()
  socket.send('x', Number(port), host)
  timer = setTimeout(() => { console.log('timeout'); next() }, 700)
}
socket.on('message', (data) => { clearTimeout(timer); console.log(String(data)); next() })
socket.on('error', (error) => { console.log(error.code); socket.close() })
socket.bind(40000, next)
`
