/**
 * What `kubectl get --raw /debug/api_priority_and_fairness/…` shows.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/apf_controller_debug.go, v1.36.
 */
import { plainText } from '#apiserver/http/answer.ts'
import type { PathHandler } from '#apiserver/http/dispatch.ts'
import type { FlowControl } from './flow-control.ts'
import type { PriorityLevel } from './priority-level.ts'

const root = '/debug/api_priority_and_fairness/'

export const dumpPaths: readonly string[] = ['dump_priority_levels', 'dump_queues'].map(
  (name) => `${root}${name}`,
)

/** `flowControl` is asked for when somebody looks; undefined: it is switched off. */
export function flowControlPaths(flowControl: () => FlowControl | undefined): PathHandler {
  return ({ info: { path } }) => {
    if (!path.startsWith(root)) return undefined
    const levels = flowControl()?.levels
    if (levels === undefined) return undefined
    if (path === `${root}dump_priority_levels`) return text(levelTable(levels))
    if (path === `${root}dump_queues`) return text(queueTable(levels))
    return undefined
  }
}

function text(rows: readonly (readonly string[])[]): ReturnType<typeof plainText> {
  return plainText(200, align(rows))
}

function levelTable(levels: readonly PriorityLevel[]): string[][] {
  const head = [
    'PriorityLevelName',
    'ActiveQueues',
    'IsIdle',
    'IsQuiescing',
    'WaitingRequests',
    'ExecutingRequests',
    'DispatchedRequests',
    'RejectedRequests',
    'TimedoutRequests',
    'CancelledRequests',
  ]
  const rows = levels.map((level) => {
    const { name, activeQueues, waiting, executing, dispatched, refused } = level
    const isIdle = waiting + executing === 0
    const full = (refused.get('queue-full') ?? 0) + (refused.get('concurrency-limit') ?? 0)
    const [late, gone] = [refused.get('time-out') ?? 0, refused.get('cancelled') ?? 0]
    const numbers = [waiting, executing, dispatched, full, late, gone]
    return [name, String(activeQueues), String(isIdle), 'false', ...numbers.map(String)]
  })
  return [head, ...rows]
}

function queueTable(levels: readonly PriorityLevel[]): string[][] {
  const head = ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse']
  const rows = levels.flatMap(({ name, queues }) =>
    queues
      .filter(({ waiters, executing }) => waiters.length + executing > 0)
      .map(({ index, waiters, executing }) => [
        name,
        ...[index, waiters.length, executing, executing].map(String),
      ]),
  )
  return [head, ...rows]
}

/** Columns as Go's tabwriter aligns them, with a comma after all but the last. */
function align(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length + 2)
  }
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : `${cell},`.padEnd(widths[at] ?? 0)))
      .join(''),
  )
  return `${lines.join('\n')}\n`
}
