/**
 * With which keys the controller manager signs certificate requests.
 * Upstream: cmd/kube-controller-manager/app/options/csrsigningcontroller.go and
 * pkg/controller/certificates/signer/config.
 */
import { UserError } from '#base/user-error.ts'
import { signerNames } from '#controllers/certificate-signing-request/signers.ts'
import type {
  SigningOptions,
  SignRequest,
} from '#controllers/certificate-signing-request/signing.ts'
import { read } from './read-file.ts'
import type { Flag, Parsed } from './flags.ts'

/** `--cluster-signing-<part>-cert-file`, and the signer that it is for. */
const parts = {
  'kubelet-serving': signerNames.kubeletServing,
  'kubelet-client': signerNames.kubeletClient,
  'kube-apiserver-client': signerNames.client,
  'legacy-unknown': signerNames.legacyUnknown,
} as const

export const signingFlags: readonly Flag[] = [
  {
    name: 'cluster-signing-duration',
    kind: 'duration',
    default: '8760h0m0s',
    usage: 'the longest life of a signed certificate',
  },
  { name: 'cluster-signing-cert-file', kind: 'string', usage: 'signs for all signers' },
  { name: 'cluster-signing-key-file', kind: 'string', usage: 'the key of it' },
  ...Object.entries(parts).flatMap(([part, signer]): Flag[] => [
    { name: `cluster-signing-${part}-cert-file`, kind: 'string', usage: `signs for ${signer}` },
    { name: `cluster-signing-${part}-key-file`, kind: 'string', usage: 'the key of it' },
  ]),
]

/** Undefined: there is nothing to sign with. Throws UserError. */
export async function readSigning(flags: Parsed): Promise<SigningOptions | undefined> {
  const lifetimeMaxMs = lifetimeOf(flags)
  const all = await signerOf(flags, 'cluster-signing')
  const signers: Record<string, SignRequest> = {}
  for (const [part, signer] of Object.entries(parts)) {
    const own = await signerOf(flags, `cluster-signing-${part}`)
    if (own !== undefined && all !== undefined) {
      throw new UserError(
        'cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time',
      )
    }
    const sign = own ?? all
    if (sign !== undefined) signers[signer] = sign
  }
  return Object.keys(signers).length === 0 ? undefined : { signers, lifetimeMaxMs }
}

function lifetimeOf(flags: Parsed): number {
  const lifetimeMs = flags.durationMs('cluster-signing-duration')
  if (lifetimeMs > 0) return lifetimeMs
  throw new UserError('--cluster-signing-duration must be above 0')
}

async function signerOf(flags: Parsed, prefix: string): Promise<SignRequest | undefined> {
  const names = [`${prefix}-cert-file`, `${prefix}-key-file`] as const
  const [certPath, keyPath] = names.map((name) => flags.string(name))
  if (!certPath && !keyPath) return undefined
  // One after the other: of two files that lack, always the same is named.
  const certificate = await read(names[0], certPath ?? '')
  const key = await read(names[1], keyPath ?? '')
  return async (pem, options) => {
    const { signRequest } = await import('#bootstrap/pki/sign-request.ts')
    return signRequest({ certificate, key }, pem, options)
  }
}
