/** Failures to connect, in the words of Go's net and crypto/tls packages. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
}

/** What node:tls finds wrong with a certificate. */
const certificateProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is not valid for the name of the server',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
}

export function connectFailure(error: unknown, address: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET') {
    return message === 'socket hang up' ? 'EOF' : `read tcp ${address}: connection reset by peer`
  }
  const problem = certificateProblems[code]
  if (problem !== undefined) return `tls: failed to verify certificate: x509: ${problem}`
  const reason = reasons[code]
  return reason === undefined ? message : `dial tcp ${address}: connect: ${reason}`
}
