/**
 * A write is one transaction: if the key's last write is the expected one, write, else tell what is there.
 * It is never sent twice when it may have been done: what became of it is read from the key's history, and
 * when that cannot tell, the writer gets an OutcomeUnknownError.
 */
import { GrpcError } from '#base/grpc-error.ts'
import { OutcomeUnknownError, revisionOf, type Entry, type WriteOutcome } from '#storage/storage.ts'
import { CallError } from './call-error.ts'
import type { EtcdClient } from './client.ts'
import { limits } from './limits.ts'
import type { KeyValue, RangeInput, TxnInput } from './messages.ts'

export interface Write {
  readonly key: Buffer
  /** Of the key's last write; 0: there is none. */
  readonly expected: number
  /** Undefined: the key is removed. */
  readonly bytes: Uint8Array | undefined
  /** 0: none. */
  readonly lease: number
}

/** Rejects with an OutcomeUnknownError, or with a GrpcError: then it was not done. */
export async function writeKey(
  client: EtcdClient,
  write: Write,
  entryOf: (kv: KeyValue) => Entry,
): Promise<WriteOutcome> {
  try {
    const answer = await client.txn(txnOf(write))
    if (answer.succeeded) return { ok: true, revision: revisionOf(answer.header.revision) }
    const kv = answer.responses[0]?.responseRange?.kvs[0]
    return { ok: false, current: kv === undefined ? undefined : entryOf(kv) }
  } catch (error) {
    if (!(error instanceof CallError) || !error.maybeDone) throw error
    return readBack(client, { write, error, entryOf })
  }
}

function txnOf({ key, expected, bytes, lease }: Write): TxnInput {
  const write =
    bytes === undefined
      ? { requestDeleteRange: { key } }
      : { requestPut: { key, value: bytes, lease } }
  return {
    compare: [{ target: 'MOD', key, modRevision: expected }],
    success: [write],
    failure: [{ requestRange: { key } }],
  }
}

interface Unknown {
  readonly write: Write
  readonly error: CallError
  readonly entryOf: (kv: KeyValue) => Entry
}

/**
 * Only the first write after the expected revision can be ours: it is looked for from the present back.
 * As long as the key is as it was, the write may still come, and nobody can say.
 */
async function readBack(
  client: EtcdClient,
  { write, error, entryOf }: Unknown,
): Promise<WriteOutcome> {
  const unknown = new OutcomeUnknownError('the outcome of the write is not known', { cause: error })
  const { key, expected, bytes } = write
  const find = async (request: RangeInput): Promise<KeyValue | undefined> => {
    const { kvs } = await client.range(request).catch((failure: unknown) => {
      if (failure instanceof GrpcError) throw unknown
      throw failure
    })
    return kvs[0]
  }
  const current = await find({ key })
  let kv = current
  for (let looked = 0; kv !== undefined; looked++) {
    if (kv.modRevision <= expected || looked === limits.readBackVersionsMax) throw unknown
    const before = await find({ key, revision: kv.modRevision - 1 })
    if ((before?.modRevision ?? 0) === expected) break
    kv = before
  }
  // Gone: by us, or by somebody else; the key alone does not tell.
  if (kv === undefined || current === undefined) throw unknown
  const isOurs = bytes !== undefined && kv.value.equals(bytes)
  if (isOurs) return { ok: true, revision: revisionOf(kv.modRevision) }
  // A creation may have come before a removal that this one followed, or may come after the next.
  if (expected === 0) throw unknown
  return { ok: false, current: entryOf(current) }
}
