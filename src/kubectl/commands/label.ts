/** `kubectl label`. Upstream: kubectl pkg/cmd/label/label.go. */
import { validateLabelValue } from '#api/meta/names.ts'
import type { Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { changeMetadata, metadataFlags } from '#kubectl/metadata/change.ts'
import type { Kind } from '#kubectl/metadata/change.ts'

const labels: Kind = {
  field: 'labels',
  noun: 'label',
  check(before, { set, removed }, overwrite) {
    const both = removed.find((key) => Object.hasOwn(set, key))
    if (both !== undefined) {
      throw new CommandError('can not both modify and remove a label in the same command')
    }
    for (const [key, value] of Object.entries(set)) {
      const [problem] = validateLabelValue(value)
      if (problem !== undefined) {
        throw new CommandError(
          `invalid label value: ${JSON.stringify(`${key}=${value}`)}: ${problem}`,
        )
      }
    }
    if (overwrite) return
    const taken = Object.entries(set).filter(
      ([key, value]) => Object.hasOwn(before, key) && before[key] !== value,
    )
    if (taken.length > 0) {
      const texts = taken.map(([key]) => `'${key}' already has a value (${before[key]})`)
      throw new CommandError(`${texts.join('; ')}, and --overwrite is false`)
    }
  },
  outcome(before, after, { removed }) {
    if (removed.some((key) => Object.hasOwn(before, key))) return 'unlabeled'
    return Object.keys(after).some((key) => before[key] !== after[key]) ? 'labeled' : 'not labeled'
  },
  remarks(before, { removed }) {
    return removed
      .filter((key) => !Object.hasOwn(before, key))
      .map((key) => `label ${JSON.stringify(key)} not found.\n`)
      .join('')
  },
}

export const command: Command = {
  use: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  about: `Update the labels on a resource.

 KEY=VALUE sets a label, KEY- takes it away. A label that has another value is only changed with --overwrite.`,
  examples: [
    ['Set a label', 'kubectl label pods web-1 unhealthy=true'],
    ['Change it', 'kubectl label --overwrite pods web-1 unhealthy=false'],
    ['Take it away', 'kubectl label pods web-1 unhealthy-'],
  ],
  flags: metadataFlags('kubectl-label', 'labels'),
  run: (call) => changeMetadata(call, labels),
}
