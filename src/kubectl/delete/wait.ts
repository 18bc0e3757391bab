/**
 * Waits until deleted objects are really gone, by watching each. Upstream: kubectl pkg/cmd/wait/delete.go.
 */
import { isStatus, StatusError } from '#api/meta/status.ts'
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'

/** How long a deletion is waited for when no flag says it: as long as it takes, for upstream a week. */
const waitMsMax = 7 * 24 * 60 * 60 * 1000

export interface Deleted {
  readonly info: Info
  /** What the server answered: the object, or a Status that names it. */
  readonly answer: KubeObject
}

export async function waitUntilGone(call: Call, deleted: readonly Deleted[]): Promise<void> {
  const flagMs = call.flags.durationMs('timeout')
  const timeoutMs = flagMs === 0 ? waitMsMax : flagMs
  const deadline = new AbortController()
  using _timer = call.io.clock.after(timeoutMs, () => deadline.abort())
  for (const one of deleted) await waitForOne(call, one, deadline.signal)
}

async function waitForOne(
  call: Call,
  { info, answer }: Deleted,
  deadline: AbortSignal,
): Promise<void> {
  const uid = uidIn(answer)
  const rest = await call.factory.rest()
  for (;;) {
    let object: KubeObject
    try {
      object = await getObject(rest, info)
    } catch (error) {
      if (isStatus(error, 'NotFound')) return
      throw error
    }
    // Another object of the same name came after it.
    if (uid !== undefined && object.metadata?.uid !== uid) return
    if (deadline.aborted) throw timedOut(info)
    if (await isSeenGone(call, info, { object, deadline })) return
  }
}

function uidIn(answer: KubeObject): string | undefined {
  if (answer.kind !== 'Status') return answer.metadata?.uid
  return (answer['details'] as { uid?: string } | undefined)?.uid
}

async function isSeenGone(
  call: Call,
  info: Info,
  { object, deadline }: { readonly object: KubeObject; readonly deadline: AbortSignal },
): Promise<boolean> {
  const rest = await call.factory.rest()
  const { body } = await rest.stream({
    path: collectionPath(info.mapping, info.namespace),
    query: {
      watch: 'true',
      fieldSelector: `metadata.name=${info.name}`,
      resourceVersion: object.metadata?.resourceVersion ?? '',
    },
    signal: AbortSignal.any([deadline, call.io.signal]),
  })
  try {
    for await (const { type } of decodeWatch(body)) if (type === 'DELETED') return true
    return false
  } catch (error) {
    if (deadline.aborted) throw timedOut(info)
    if (error instanceof StatusError) return false
    throw error
  }
}

function timedOut({ mapping, name }: Info): CommandError {
  return new CommandError(
    `timed out waiting for the condition on ${qualifiedKind(mapping.resource, mapping.group)}/${name}`,
  )
}
