/** `kubectl config`. Upstream: kubectl pkg/cmd/config/config.go. */
import type { Call, Command } from '#kubectl/command.ts'
import { KubeconfigFiles } from '#kubectl/config/edit.ts'
import { HelpError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'config SUBCOMMAND',
  about: `Modify kubeconfig files.

 --kubeconfig names the one file to use; otherwise $KUBECONFIG is a list of files that are merged, and without
 it $HOME/.kube/config is used. A value is changed in the file that has it; a new one goes to the first file
 that exists.`,
  flags: [],
}

export function filesOf({ factory }: Call): KubeconfigFiles {
  return new KubeconfigFiles(factory.kubeconfigPaths)
}

/** Exactly these many arguments, or upstream's complaint. */
export function exactArgs({ args }: Call, count: number): readonly string[] {
  if (args.length !== count) throw new HelpError(`Unexpected args: [${args.join(' ')}]`)
  return args
}
