/**
 * Real etcds of a test's own, on loopback, over TLS: one member or several, each of which can be killed,
 * stopped and started again. Needs the machine's etcd-server package.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'
import { connectHttp2, type TlsFiles } from '#storage/etcd/channel.ts'
import { EtcdClient } from '#storage/etcd/client.ts'
import { openEtcd, type EtcdOptions, type EtcdStorage } from '#storage/etcd/etcd.ts'
import { Members } from '#storage/etcd/members.ts'

export interface TestEtcd extends AsyncDisposable {
  readonly members: readonly TestMember[]
  readonly endpoints: readonly string[]
  readonly tls: Required<TlsFiles>
  /** The same, as files. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string }
  open(options?: Partial<EtcdOptions>): Promise<EtcdStorage>
}

export interface TestMember {
  readonly endpoint: string
  /** A signal: SIGKILL, SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void
  /** After SIGKILL: resolves when it has gone. */
  gone(): Promise<void>
  /** Starts it again with what it has on disk. */
  start(): Promise<void>
}

export interface TestEtcdOptions {
  readonly members?: number
  /** Its files lie in memory: for tests that need no disk. */
  readonly inMemory?: boolean
  /** More flags for every member. */
  readonly flags?: readonly string[]
}

/** For `skip`: false when the machine has etcd. */
export const etcdIsMissing: string | false =
  spawnSync('etcd', ['--version']).error === undefined ? false : 'etcd is not installed'

/** Resolves when a leader answers. */
export async function startTestEtcd(options: TestEtcdOptions = {}): Promise<TestEtcd> {
  const folder = await mkdtemp(
    join(options.inMemory === true ? memoryFolder() : tmpdir(), 'k8ts-etcd-'),
  )
  const { tls, files } = await certificates(folder)
  const count = options.members ?? 1
  const ports = await freePorts(2 * count)
  const places = Array.from({ length: count }, (_, i) => ({
    name: `etcd-${i}`,
    client: `https://127.0.0.1:${ports[2 * i]}`,
    peer: `https://127.0.0.1:${ports[2 * i + 1]}`,
  }))
  const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',')
  const members = places.map((place) =>
    newMember({ folder, place, cluster, files, flags: options.flags ?? [] }),
  )
  const endpoints = places.map(({ client }) => client)
  const stop = async (): Promise<void> => {
    for (const member of members) member.signal('SIGKILL')
    await Promise.all(members.map((member) => member.gone()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(members.map((member) => member.start()))
    await untilServing(endpoints, tls)
  } catch (error) {
    await stop()
    throw error
  }
  const common = { endpoints, tls, clock: systemClock, log: silentLogger, random: Math.random }
  return {
    members,
    endpoints,
    tls,
    files,
    open: (more) => openEtcd({ ...common, ...more }),
    [Symbol.asyncDispose]: stop,
  }
}

function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

interface MemberOptions {
  readonly folder: string
  readonly place: { readonly name: string; readonly client: string; readonly peer: string }
  readonly cluster: string
  readonly files: TestEtcd['files']
  readonly flags: readonly string[]
}

function newMember({ folder, place, cluster, files, flags }: MemberOptions): TestMember {
  const { name, client, peer } = place
  const tls = ['--client-cert-auth', '--peer-client-cert-auth']
  for (const prefix of ['', 'peer-']) {
    tls.push(`--${prefix}trusted-ca-file=${files.ca}`)
    tls.push(`--${prefix}cert-file=${files.cert}`, `--${prefix}key-file=${files.key}`)
  }
  const args = [
    '--name',
    name,
    '--data-dir',
    join(folder, name),
    '--logger=zap',
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    cluster,
    '--heartbeat-interval=50',
    '--election-timeout=500',
    ...tls,
    ...flags,
  ]
  let program: ChildProcess | undefined
  let ended: Promise<unknown> = Promise.resolve()
  return {
    endpoint: client,
    signal: (signal) => void program?.kill(signal),
    async gone() {
      await ended
    },
    async start() {
      await using log = await open(join(folder, `${name}.log`), 'a')
      program = spawn('etcd', args, { stdio: ['ignore', log.fd, log.fd] })
      ended = once(program, 'exit')
    },
  }
}

async function certificates(folder: string): Promise<Pick<TestEtcd, 'tls' | 'files'>> {
  const common = { days: 1, nowMs: Date.now() }
  const authority = await createAuthority({ commonName: 'etcd-ca', ...common })
  const { certificate: cert, key } = await issueCertificate(authority, {
    commonName: 'etcd',
    ipAddresses: ['127.0.0.1'],
    usage: 'both',
    ...common,
  })
  const tls = { ca: authority.certificate, cert, key }
  const files = {
    ca: join(folder, 'ca.crt'),
    cert: join(folder, 'etcd.crt'),
    key: join(folder, 'etcd.key'),
  }
  await Promise.all([
    writeFile(files.ca, tls.ca),
    writeFile(files.cert, tls.cert),
    writeFile(files.key, tls.key, { mode: 0o600 }),
  ])
  return { tls, files }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function untilServing(endpoints: readonly string[], tls: TlsFiles): Promise<void> {
  const shared = { clock: systemClock, log: silentLogger, random: () => 0 }
  const connect = connectHttp2({ clock: systemClock, tls })
  const deadlineMs = performance.now() + 20_000
  for (const endpoint of endpoints) {
    using members = new Members({ endpoints: [endpoint], connect, ...shared })
    const client = new EtcdClient(members)
    for (;;) {
      try {
        await client.range({ key: Buffer.from('/'), countOnly: true })
        break
      } catch (error) {
        if (performance.now() > deadlineMs) throw error
      }
    }
  }
}
