/** `kubectl config delete-…`. Upstream: kubectl pkg/cmd/config/delete_{cluster,context,user}.go. */
import type { Command } from '#kubectl/command.ts'
import type { Section } from '#kubectl/config/edit.ts'
import { CommandError, HelpError } from '#kubectl/errors.ts'
import { filesOf } from './config.ts'

export const deleteCluster = deletion('clusters', 'cluster')
export const deleteContext = deletion('contexts', 'context')
export const deleteUser = deletion('users', 'user')

function deletion(section: Section, noun: string): Command {
  return {
    use: `config delete-${noun} NAME`,
    about: `Delete the specified ${noun} from the kubeconfig.`,
    examples: [['Delete one', `kubectl config delete-${noun} minikube`]],
    flags: [],
    async run(call) {
      const [name] = call.args
      if (name === undefined || call.args.length !== 1) {
        throw new HelpError('')
      }
      const files = filesOf(call)
      const path = files.defaultPath
      if (files.get(section, name) === undefined) {
        throw new CommandError(`cannot delete ${noun} ${name}, not in ${path}`)
      }
      if (section === 'contexts' && files.currentContext === name) {
        call.io.stderr(
          'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
        )
      }
      files.delete(section, name)
      files.save()
      call.io.stdout(`deleted ${noun} ${name} from ${path}\n`)
    },
  }
}
