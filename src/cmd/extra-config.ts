/** `--extra-config COMPONENT.FLAG=VALUE`: checked against the component's own flags before anything starts. */
import { UserError } from '#base/user-error.ts'
import { apiServerFlags } from './apiserver-flags.ts'
import { commonFlags, managerFlags } from './control-plane-flags.ts'
import { parseFlags, UsageError, type Flag } from './flags.ts'
import { kubeletFlags } from './kubelet-flags.ts'
import { proxyFlags } from './proxy-options.ts'

const flagsOf: Readonly<Record<string, readonly Flag[]>> = {
  apiserver: apiServerFlags,
  'controller-manager': [...managerFlags, ...commonFlags],
  scheduler: commonFlags,
  kubelet: [...kubeletFlags, ...commonFlags],
  'kube-proxy': [...proxyFlags, ...commonFlags],
}

/** `component.flag` → value. Throws UserError for an unknown component or flag, or a value it cannot have. */
export function parseExtraConfig(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const match = /^([a-z-]+)\.([^=]+)=(.*)$/.exec(word)
      const [, component = '', flag = '', value = ''] = match ?? []
      const flags = flagsOf[component]
      if (flags === undefined) {
        const components = Object.keys(flagsOf).join(', ')
        throw new UserError(
          `--extra-config ${word} must be COMPONENT.FLAG=VALUE with one of ${components}`,
        )
      }
      check(word, flags, `--${flag}=${value}`)
      return [`${component}.${flag}`, value]
    }),
  )
}

function check(word: string, flags: readonly Flag[], argument: string): void {
  try {
    parseFlags(flags, [argument])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UserError(`--extra-config ${word}: ${error.message}`)
  }
}
