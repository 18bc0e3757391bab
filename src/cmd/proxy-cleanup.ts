import { cleanUpProxy as removeRules } from '#proxy/start.ts'
import { run } from '#linux/run.ts'

/** Removes kube-proxy's chains and rules from this machine. */
export function cleanUpProxy(): Promise<void> {
  return removeRules({ run })
}
