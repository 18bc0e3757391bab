/** `kubectl annotate`. Upstream: kubectl pkg/cmd/annotate/annotate.go. */
import type { Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { changeMetadata, metadataFlags } from '#kubectl/metadata/change.ts'
import type { Kind } from '#kubectl/metadata/change.ts'

/** May be overwritten without asking. */
const changeCause = 'kubernetes.io/change-cause'

const annotations: Kind = {
  field: 'annotations',
  noun: 'annotation',
  check(before, { set, removed }, overwrite) {
    const both = removed.filter((key) => Object.hasOwn(set, key))
    if (both.length > 0) {
      throw new CommandError(
        `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
      )
    }
    if (overwrite) return
    const taken = Object.keys(set).filter(
      (key) => key !== changeCause && Object.hasOwn(before, key),
    )
    if (taken.length > 0) {
      const texts = taken.map((key) => `'${key}' already has a value (${before[key]})`)
      throw new CommandError(
        `--overwrite is false but found the following declared annotation(s): ${texts.join('; ')}`,
      )
    }
  },
  outcome: () => 'annotated',
  remarks: () => '',
}

export const command: Command = {
  use: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  about: `Update the annotations on one or more resources.

 KEY=VALUE sets an annotation, KEY- takes it away. One that is there is only changed with --overwrite.`,
  examples: [
    ['Set an annotation', "kubectl annotate pods web-1 description='my frontend'"],
    ['Take it away', 'kubectl annotate pods web-1 description-'],
  ],
  flags: metadataFlags('kubectl-annotate', 'annotations'),
  run: (call) => changeMetadata(call, annotations),
}
