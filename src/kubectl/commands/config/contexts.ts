/**
 * `kubectl config current-context`, `use-context`, `rename-context`. Upstream: kubectl
 * pkg/cmd/config/{current_context,use_context,rename_context}.go.
 */
import type { Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { exactArgs, filesOf } from './config.ts'

export const currentContext: Command = {
  use: 'config current-context [flags]',
  about: 'Display the current-context.',
  examples: [['Display it', 'kubectl config current-context']],
  flags: [],
  async run(call) {
    const name = filesOf(call).currentContext
    if (name === '') throw new CommandError('current-context is not set')
    call.io.stdout(`${name}\n`)
  },
}

export const useContext: Command = {
  use: 'config use-context CONTEXT_NAME',
  about: 'Set the current-context in a kubeconfig file.',
  examples: [['Use another cluster', 'kubectl config use-context minikube']],
  flags: [],
  async run(call) {
    const [name = ''] = exactArgs(call, 1)
    const files = filesOf(call)
    if (files.get('contexts', name) === undefined) {
      throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`)
    }
    files.setCurrentContext(name)
    files.save()
    call.io.stdout(`Switched to context ${JSON.stringify(name)}.\n`)
  },
}

export const renameContext: Command = {
  use: 'config rename-context CONTEXT_NAME NEW_NAME',
  about: `Renames a context from the kubeconfig file.

 If it is the current context, that is changed, too.`,
  examples: [['Rename one', 'kubectl config rename-context old-name new-name']],
  flags: [],
  async run(call) {
    const [from = '', to = ''] = exactArgs(call, 2)
    const files = filesOf(call)
    const context = files.get('contexts', from)
    if (context === undefined) {
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(from)}, it's not in ${files.defaultPath}`,
      )
    }
    if (files.get('contexts', to) !== undefined) {
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${files.defaultPath}`,
      )
    }
    files.set('contexts', to, context)
    files.delete('contexts', from)
    if (files.currentContext === from) files.setCurrentContext(to)
    files.save()
    call.io.stdout(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`)
  },
}
