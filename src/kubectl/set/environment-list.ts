/** `kubectl set env --list`: the variables of one container. Upstream: kubectl pkg/cmd/set/set_env.go. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { referenceText, References } from './environment-values.ts'
import type { Container } from './pod-spec.ts'

export async function listEnvironment(
  call: Call,
  object: KubeObject,
  container: Container,
): Promise<void> {
  const { flags, io } = call
  const { kind = '', metadata } = object
  const references = new References(call, object, container)
  const failed = new Map<string, string[]>()
  io.stdout(`# ${kind} ${metadata?.name ?? ''}, container ${container.name}\n`)
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) {
      io.stdout(`${name}=${value}\n`)
      continue
    }
    const reference = `# ${name} from ${referenceText(valueFrom)}\n`
    if (!flags.bool('resolve')) {
      io.stdout(reference)
      continue
    }
    try {
      io.stdout(`${name}=${await references.value(valueFrom)}\n`)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      io.stdout(reference)
      failed.set(error.message, [...(failed.get(error.message) ?? []), name])
    }
  }
  const lines = [...failed].map(
    ([message, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${message}\n`,
  )
  io.stderr(lines.sort().join(''))
}
