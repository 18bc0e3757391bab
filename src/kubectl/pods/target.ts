/** `POD | TYPE/NAME`: the object that a command about a pod names, and its pod. */
import type { Call } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { missingResource, select } from '#kubectl/objects/selection.ts'

/** A word without a slash is a pod's name. */
export function typeAndName(word: string): string {
  return word.includes('/') ? word : `pods/${word}`
}

export interface TargetOptions {
  readonly args: readonly string[]
  readonly filenames?: readonly string[]
}

/** Exactly one object. */
export async function targetOf(call: Call, { args, filenames = [] }: TargetOptions): Promise<Info> {
  const selection = await select(call, { args, filenames })
  const [info] = await fetchAll(call, selection)
  if (info === undefined) throw new CommandError(missingResource)
  return info
}

/** Upstream: kubectl pkg/cmd/util/helpers.go, GetPodRunningTimeoutFlag. */
export function checkPodRunningTimeout({ flags }: Call): void {
  if (flags.durationMs('pod-running-timeout') > 0) return
  throw new UsageError('--pod-running-timeout must be higher than zero')
}
