/** From a message to its answer: the cluster's zone, then the cache, then the upstreams. */
import type { Logger } from '#base/logger.ts'
import type { AnswerCache } from './cache.ts'
import type { Transport } from './exchange.ts'
import type { Forwarder } from './forwarder.ts'
import { limits } from './limits.ts'
import type { LoopGuard } from './loop-guard.ts'
import { emptyReply } from './records.ts'
import type { DnsRecord, Reply } from './records.ts'
import {
  encodeQuestion,
  encodeReply,
  malformedReply,
  parseQuery,
  readAnswers,
  udpLimit,
} from './wire.ts'
import type { Query } from './wire.ts'
import { resolve, soaRecord } from './zone.ts'
import type { Zone } from './zone.ts'
import type { WatchedView } from './view.ts'

export interface ResolverParts {
  readonly zone: Zone
  readonly view: WatchedView
  readonly forwarder: Forwarder
  readonly cache: AnswerCache
  readonly loopGuard: LoopGuard
  /** 0 ≤ random() < 1: spreads clients over the addresses of an answer. */
  random(): number
  readonly log: Logger
}

export interface Answered {
  readonly message: Buffer
  /** For metrics; undefined when the question could not be read. */
  readonly query: Query | undefined
}

/** The answer to send back; undefined: none. Never rejects. */
export async function answerMessage(
  parts: ResolverParts,
  received: { message: Buffer; transport: Transport },
  signal: AbortSignal,
): Promise<Answered | undefined> {
  const query = parseQuery(received.message)
  if (query === 'drop') return undefined
  if (query === 'malformed') return { message: malformedReply(received.message), query: undefined }
  const bytesMax = received.transport === 'tcp' ? limits.tcpBytesMax : udpLimit(query)
  try {
    const reply = await answerQuery(parts, { query, transport: received.transport }, signal)
    const message = Buffer.isBuffer(reply) ? reply : encodeReply(query, reply, bytesMax)
    return { message, query }
  } catch (error) {
    parts.log.error('a question could not be answered', error, { name: query.name })
    return { message: encodeReply(query, emptyReply('SERVFAIL'), bytesMax), query }
  }
}

interface Asked {
  readonly query: Query
  readonly transport: Transport
}

/** Either a reply of our own, or an upstream's message as it is. */
async function answerQuery(
  parts: ResolverParts,
  asked: Asked,
  signal: AbortSignal,
): Promise<Reply | Buffer> {
  const { query } = asked
  if (query.opcode !== 0) return emptyReply('NOTIMP')
  if (query.class !== 'IN') return emptyReply('REFUSED')
  if (parts.loopGuard.isProbe(query.lowerName)) return emptyReply('NXDOMAIN')
  const { zone } = parts
  const resolution = resolve(query, zone, parts.view)
  if (resolution.kind === 'foreign') return forward(parts, asked, signal)
  // What is not known yet must not be denied.
  if (!parts.view.isSynced) return emptyReply('SERVFAIL')
  const authorities = [soaRecord(zone, parts.view)]
  switch (resolution.kind) {
    case 'no-name':
      return { ...emptyReply('NXDOMAIN'), authoritative: true, authorities }
    case 'no-data':
      return { ...emptyReply('NOERROR'), authoritative: true, authorities }
    case 'records': {
      const answers = shuffle(resolution.answers, parts)
      const additionals = shuffle(resolution.additionals, parts)
      return { ...emptyReply('NOERROR'), authoritative: true, answers, additionals }
    }
    case 'alias': {
      const answers = await follow(parts, { asked, first: resolution.record }, signal)
      const rest = answers.length === 0 ? { authorities } : { answers }
      return { ...emptyReply('NOERROR'), authoritative: true, ...rest }
    }
  }
}

async function forward(
  { cache, forwarder }: ResolverParts,
  { query, transport }: Asked,
  signal: AbortSignal,
): Promise<Reply | Buffer> {
  const known = cache.get(query)
  // What came over TCP may be too long for this client's datagrams.
  if (known !== undefined && (transport === 'tcp' || known.length <= udpLimit(query))) return known
  const forwarded = await forwarder.forward(query.message, transport, signal)
  switch (forwarded.kind) {
    case 'busy':
      return emptyReply('REFUSED')
    case 'failed': {
      const failure = emptyReply('SERVFAIL')
      cache.put(query, encodeReply(query, failure, limits.udpBytesMax))
      return failure
    }
    case 'answer':
      cache.put(query, forwarded.message)
      return forwarded.message
  }
}

/** The chain of aliases with the addresses at its end; nothing when it ends nowhere in our zone. */
async function follow(
  parts: ResolverParts,
  { asked, first }: { asked: Asked; first: DnsRecord & { data: string } },
  signal: AbortSignal,
): Promise<readonly DnsRecord[]> {
  const chain: DnsRecord[] = [first]
  const seen = new Set([asked.query.lowerName])
  const { type } = asked.query
  let target = first.data
  while (chain.length <= limits.aliasesMax && !seen.has(target.toLowerCase())) {
    seen.add(target.toLowerCase())
    const next = resolve({ name: target, type }, parts.zone, parts.view)
    if (next.kind === 'foreign') return [...chain, ...(await lookUp(parts, target, asked, signal))]
    if (next.kind === 'records') return [...chain, ...shuffle(next.answers, parts)]
    if (next.kind !== 'alias') return []
    chain.push(next.record)
    target = next.record.data
  }
  return chain
}

/** The addresses of a name elsewhere; none when no upstream knows them. */
async function lookUp(
  parts: ResolverParts,
  name: string,
  { query, transport }: Asked,
  signal: AbortSignal,
): Promise<DnsRecord[]> {
  const question = parseQuery(encodeQuestion(query.id, name, query.type))
  if (typeof question === 'string') return []
  const found = await forward(parts, { query: question, transport }, signal)
  return Buffer.isBuffer(found) ? (readAnswers(found) ?? []) : []
}

/** Addresses in random order, as CoreDNS's loadbalance plugin; other records stay where they are. */
function shuffle(
  records: readonly DnsRecord[],
  { random }: Pick<ResolverParts, 'random'>,
): readonly DnsRecord[] {
  if (records.length < 2) return records
  const shuffled = records
    .filter((record) => record.type === 'A' || record.type === 'AAAA')
    .map((record) => ({ record, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ record }) => record)
  const others = records.filter((record) => record.type !== 'A' && record.type !== 'AAAA')
  return [...others, ...shuffled]
}
