/** `kubectl cordon` and `uncordon`. Upstream: kubectl pkg/cmd/drain/drain.go. */
import { dryRunFlag, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { markNodes, nodesOf, requireNodes } from '#kubectl/drain/cordon.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'

export const cordon: Command = {
  use: 'cordon NODE',
  about: 'Mark node as unschedulable.',
  examples: [['Keep new pods away', 'kubectl cordon node-1']],
  flags: [dryRunFlag, selectorFlag],
  run: (call) => mark(call, true),
}

export const uncordon: Command = {
  use: 'uncordon NODE',
  about: 'Mark node as schedulable.',
  examples: [['Let new pods in', 'kubectl uncordon node-1']],
  flags: [dryRunFlag, selectorFlag],
  run: (call) => mark(call, false),
}

async function mark(call: Call, unschedulable: boolean): Promise<void> {
  const dryRun = await dryRunOf(call)
  requireNodes(call)
  await markNodes(call, await nodesOf(call), { unschedulable, dryRun })
}
