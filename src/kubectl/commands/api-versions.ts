/** `kubectl api-versions`. Upstream: kubectl pkg/cmd/apiresources/apiversions.go. */
import type { Call, Command } from '#kubectl/command.ts'
import { UsageError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'api-versions',
  about: 'Print the supported API versions on the server, in the form of "group/version".',
  examples: [['Print them', 'kubectl api-versions']],
  flags: [],
  run,
}

async function run({ args, io, factory }: Call): Promise<void> {
  if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
  const discovery = await factory.discovery()
  discovery.invalidate()
  const { groups } = await discovery.served()
  const versions = groups.flatMap((group) => group.versions.map((one) => one.groupVersion))
  io.stdout(`${versions.sort().join('\n')}\n`)
}
