/**
 * The few messages of etcd's API that are used, as etcd 3.4 and later have them: names, numbers and
 * types. etcd: api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto. Revisions fit in a number: at 10,000
 * writes a second 2^53 takes 28,000 years.
 */
import { codec, type Input, type MessageTable } from '#base/protobuf/codec.ts'

export interface KeyValue {
  readonly key: Buffer
  readonly createRevision: number
  readonly modRevision: number
  /** How often the key was written since it was created. */
  readonly version: number
  readonly value: Buffer
}

export interface ResponseHeader {
  readonly revision: number
}

export interface RangeRequest {
  readonly key: Uint8Array
  readonly rangeEnd: Uint8Array
  readonly limit: number
  readonly revision: number
  readonly countOnly: boolean
  readonly keysOnly: boolean
}

export interface RangeResponse {
  readonly header: ResponseHeader
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
  readonly count: number
}

export interface Compare {
  readonly target: 'VERSION' | 'CREATE' | 'MOD'
  readonly key: Uint8Array
  readonly version: number
  readonly modRevision: number
}

export interface RequestOp {
  readonly requestRange: RangeRequest
  readonly requestPut: {
    readonly key: Uint8Array
    readonly value: Uint8Array
    readonly lease: number
  }
  readonly requestDeleteRange: { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }
}

export interface TxnRequest {
  readonly compare: readonly Compare[]
  readonly success: readonly RequestOp[]
  readonly failure: readonly RequestOp[]
}

export interface TxnResponse {
  readonly header: ResponseHeader
  readonly succeeded: boolean
  readonly responses: readonly { readonly responseRange: RangeResponse | undefined }[]
}

export interface Event {
  readonly type: 'PUT' | 'DELETE'
  readonly kv: KeyValue
}

export interface WatchResponse {
  readonly header: ResponseHeader
  /** -1: of the whole stream. */
  readonly watchId: number
  readonly created: boolean
  readonly canceled: boolean
  readonly compactRevision: number
  readonly cancelReason: string
  /** More of the same comes. */
  readonly fragment: boolean
  readonly events: readonly Event[]
}

export interface StatusResponse {
  readonly version: string
  readonly dbSize: number
}

export interface SnapshotResponse {
  readonly remainingBytes: number
  readonly blob: Buffer
}

const header = ['header', 'ResponseHeader', 1, 'one'] as const

const table: MessageTable = {
  messages: {
    ResponseHeader: [['revision', 'int64', 3, 'one']],
    KeyValue: [
      ['key', 'bytes', 1, 'one'],
      ['createRevision', 'int64', 2, 'one'],
      ['modRevision', 'int64', 3, 'one'],
      ['version', 'int64', 4, 'one'],
      ['value', 'bytes', 5, 'one'],
    ],
    RangeRequest: [
      ['key', 'bytes', 1, 'one'],
      ['rangeEnd', 'bytes', 2, 'one'],
      ['limit', 'int64', 3, 'one'],
      ['revision', 'int64', 4, 'one'],
      ['keysOnly', 'bool', 8, 'one'],
      ['countOnly', 'bool', 9, 'one'],
    ],
    RangeResponse: [
      header,
      ['kvs', 'KeyValue', 2, 'many'],
      ['more', 'bool', 3, 'one'],
      ['count', 'int64', 4, 'one'],
    ],
    PutRequest: [
      ['key', 'bytes', 1, 'one'],
      ['value', 'bytes', 2, 'one'],
      ['lease', 'int64', 3, 'one'],
    ],
    DeleteRangeRequest: [
      ['key', 'bytes', 1, 'one'],
      ['rangeEnd', 'bytes', 2, 'one'],
    ],
    RequestOp: [
      ['requestRange', 'RangeRequest', 1, 'one'],
      ['requestPut', 'PutRequest', 2, 'one'],
      ['requestDeleteRange', 'DeleteRangeRequest', 3, 'one'],
    ],
    ResponseOp: [['responseRange', 'RangeResponse', 1, 'one']],
    Compare: [
      ['target', 'CompareTarget', 2, 'one'],
      ['key', 'bytes', 3, 'one'],
      ['version', 'int64', 4, 'one'],
      ['modRevision', 'int64', 6, 'one'],
    ],
    TxnRequest: [
      ['compare', 'Compare', 1, 'many'],
      ['success', 'RequestOp', 2, 'many'],
      ['failure', 'RequestOp', 3, 'many'],
    ],
    TxnResponse: [header, ['succeeded', 'bool', 2, 'one'], ['responses', 'ResponseOp', 3, 'many']],
    CompactionRequest: [['revision', 'int64', 1, 'one']],
    CompactionResponse: [header],
    WatchRequest: [
      ['createRequest', 'WatchCreateRequest', 1, 'one'],
      ['cancelRequest', 'WatchCancelRequest', 2, 'one'],
      ['progressRequest', 'WatchProgressRequest', 3, 'one'],
    ],
    WatchCreateRequest: [
      ['key', 'bytes', 1, 'one'],
      ['rangeEnd', 'bytes', 2, 'one'],
      ['startRevision', 'int64', 3, 'one'],
      ['progressNotify', 'bool', 4, 'one'],
      ['watchId', 'int64', 7, 'one'],
      ['fragment', 'bool', 8, 'one'],
    ],
    WatchCancelRequest: [['watchId', 'int64', 1, 'one']],
    WatchProgressRequest: [],
    WatchResponse: [
      header,
      ['watchId', 'int64', 2, 'one'],
      ['created', 'bool', 3, 'one'],
      ['canceled', 'bool', 4, 'one'],
      ['compactRevision', 'int64', 5, 'one'],
      ['cancelReason', 'string', 6, 'one'],
      ['fragment', 'bool', 7, 'one'],
      ['events', 'Event', 11, 'many'],
    ],
    Event: [
      ['type', 'EventType', 1, 'one'],
      ['kv', 'KeyValue', 2, 'one'],
    ],
    LeaseGrantRequest: [
      ['ttlSeconds', 'int64', 1, 'one'],
      ['id', 'int64', 2, 'one'],
    ],
    LeaseGrantResponse: [header],
    StatusRequest: [],
    StatusResponse: [
      ['version', 'string', 2, 'one'],
      ['dbSize', 'int64', 3, 'one'],
    ],
    SnapshotRequest: [],
    SnapshotResponse: [
      ['remainingBytes', 'uint64', 2, 'one'],
      ['blob', 'bytes', 3, 'one'],
    ],
  },
  enums: {
    CompareTarget: { VERSION: 0, CREATE: 1, MOD: 2 },
    EventType: { PUT: 0, DELETE: 1 },
  },
}

export const etcdCodec = codec(table)

/** As one writes them: what is left out has the zero value. Its comparison is always for equality. */
export type RangeInput = Input<RangeRequest>
export type TxnInput = Input<TxnRequest>
