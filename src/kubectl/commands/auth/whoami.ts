/** `kubectl auth whoami`. Upstream: kubectl pkg/cmd/auth/whoami.go. */
import { printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'

export const command: Command = {
  use: 'auth whoami',
  about: 'Check who you are and your attributes (groups, extra).',
  examples: [['Show them', 'kubectl auth whoami']],
  flags: printFlags,
  run,
}

interface Review extends KubeObject {
  readonly status?: {
    readonly userInfo?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: Readonly<Record<string, readonly string[]>>
    }
  }
}

async function run(call: Call): Promise<void> {
  const { io, factory } = call
  const printer = await printerOf(call)
  const rest = await factory.rest()
  const review = await rest.json<Review>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: JSON.stringify({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      status: { userInfo: {} },
    }),
    about: { group: 'authentication.k8s.io', resource: 'selfsubjectreviews' },
  })
  if (printer !== undefined) {
    const { kind, apiVersion, ...more } = review
    return io.stdout(
      printer.print({ kind: kind ?? '', apiVersion: apiVersion ?? '', ...more }, 'given'),
    )
  }
  const { username = '', uid = '', groups = [], extra = {} } = review.status?.userInfo ?? {}
  const rows = [
    ['ATTRIBUTE', 'VALUE'],
    ...(username === '' ? [] : [['Username', username]]),
    ...(uid === '' ? [] : [['UID', uid]]),
    ...(groups.length === 0 ? [] : [['Groups', `[${groups.join(' ')}]`]]),
    ...Object.entries(extra)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, values]) => [`Extra: ${key}`, `[${values.join(' ')}]`]),
  ]
  io.stdout(alignTabs(`${rows.map((cells) => cells.join('\t')).join('\n')}\n`))
}
