/** `kubectl config get-clusters` and `get-users`. Upstream: kubectl pkg/cmd/config/get_{clusters,users}.go. */
import type { Command } from '#kubectl/command.ts'
import type { Section } from '#kubectl/config/edit.ts'
import { filesOf } from './config.ts'

export const getClusters = listing('clusters', 'Display clusters defined in the kubeconfig.')
export const getUsers = listing('users', 'Display users defined in the kubeconfig.')

function listing(section: Section, about: string): Command {
  return {
    use: `config get-${section} [flags]`,
    about,
    examples: [['List them', `kubectl config get-${section}`]],
    flags: [],
    async run(call) {
      const names = filesOf(call).names(section)
      call.io.stdout(['NAME', ...names].map((name) => `${name}\n`).join(''))
    },
  }
}
