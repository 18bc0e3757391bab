/** The calls of etcd's API that are used, typed. Each rejects with a GrpcError. */
import { isGrpc } from '#base/grpc-error.ts'
import { limits } from './limits.ts'
import type { Members } from './members.ts'
import {
  etcdCodec,
  type RangeInput,
  type RangeResponse,
  type ResponseHeader,
  type SnapshotResponse,
  type StatusResponse,
  type TxnInput,
  type TxnResponse,
} from './messages.ts'

export class EtcdClient {
  readonly members: Members
  readonly #newest = { revision: 0 }

  constructor(members: Members) {
    this.members = members
  }

  /** The newest revision that an answer has named. */
  get newest(): number {
    return this.#newest.revision
  }

  /** Some message named a revision. */
  saw(header: ResponseHeader | undefined): void {
    if (header !== undefined && header.revision > this.newest) {
      this.#newest.revision = header.revision
    }
  }

  /** Linearizable: shows every write that was acknowledged before the call. */
  async range(request: RangeInput): Promise<RangeResponse> {
    const bytes = await this.members.read({
      path: '/etcdserverpb.KV/Range',
      request: etcdCodec.encode('RangeRequest', request),
    })
    const answer = etcdCodec.decode<RangeResponse>('RangeResponse', bytes)
    this.saw(answer.header)
    return answer
  }

  /** Sent once: a CallError says whether it may have been done. */
  async txn(request: TxnInput): Promise<TxnResponse> {
    const bytes = await this.members.write({
      path: '/etcdserverpb.KV/Txn',
      request: etcdCodec.encode('TxnRequest', request),
      timeoutMs: limits.writeMs,
    })
    const answer = etcdCodec.decode<TxnResponse>('TxnResponse', bytes)
    this.saw(answer.header)
    return answer
  }

  /** That it was compacted before is no failure. */
  async compact(revision: number): Promise<void> {
    try {
      await this.members.write({
        path: '/etcdserverpb.KV/Compact',
        request: etcdCodec.encode('CompactionRequest', { revision }),
        timeoutMs: limits.compactMs,
      })
    } catch (error) {
      if (!isGrpc(error, 'OutOfRange') || !error.details.includes('compacted')) throw error
    }
  }

  /** The id is ours, below 2^53, so that a number holds it. */
  async grantLease(id: number, ttlSeconds: number): Promise<void> {
    await this.members.write({
      path: '/etcdserverpb.Lease/LeaseGrant',
      request: etcdCodec.encode('LeaseGrantRequest', { id, ttlSeconds }),
      timeoutMs: limits.writeMs,
    })
  }

  /** Of one member; does not ask the others. */
  async status(endpoint: string): Promise<StatusResponse> {
    const call = { path: '/etcdserverpb.Maintenance/Status', request: new Uint8Array() }
    const bytes = await this.members.ask(endpoint, { ...call, timeoutMs: limits.readAttemptMs })
    return etcdCodec.decode<StatusResponse>('StatusResponse', bytes)
  }

  /** The whole database of one member, as `etcdctl snapshot save` writes it. */
  async *snapshot(signal: AbortSignal): AsyncGenerator<SnapshotResponse, void, undefined> {
    const channel = await this.members.channel()
    const path = '/etcdserverpb.Maintenance/Snapshot'
    for await (const bytes of channel.answers(path, new Uint8Array(), signal)) {
      yield etcdCodec.decode<SnapshotResponse>('SnapshotResponse', bytes)
    }
  }
}
