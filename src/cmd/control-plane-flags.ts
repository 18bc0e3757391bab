/** The flags of the control plane that are not the API server's; apart, so that they are read without it. */
import type { Flag } from './flags.ts'

export const managerFlags: readonly Flag[] = [
  { name: 'cluster-cidr', kind: 'string', default: '10.244.0.0/16', usage: 'addresses of pods' },
  { name: 'root-ca-file', kind: 'string', usage: 'published to every namespace' },
  {
    name: 'controllers',
    kind: 'strings',
    default: ['*'],
    usage: 'which controllers run; * are those that run by default, -NAME leaves one out',
  },
  {
    name: 'legacy-service-account-token-clean-up-period',
    kind: 'duration',
    default: '8760h0m0s',
    usage: 'how long a token in a secret may be unused before it is marked, and then deleted',
  },
]

export const commonFlags: readonly Flag[] = [
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]
