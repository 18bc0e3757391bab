/** A failure of the network as Go's programs word it. Upstream: Go's net, crypto/tls and crypto/x509. */
interface NodeError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly host?: string
  readonly errors?: readonly NodeError[]
  readonly cert?: { readonly subjectaltname?: string; readonly valid_to?: string }
}

const unknownAuthority = 'certificate signed by unknown authority'

/** What OpenSSL found wrong with the server's certificate. */
const certificateProblems: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
}

const dialProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
}

export function goNetworkMessage(error: unknown): string {
  const problem = firstOf(error as NodeError)
  const { code = '', message } = problem
  const dial = dialProblems[code]
  if (dial !== undefined) return `dial tcp ${endpoint(problem)}: ${dial}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `dial tcp: lookup ${problem.hostname ?? problem.host ?? ''}: no such host`
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(problem)
  const certificate = certificateProblems[code]
  if (certificate !== undefined) {
    return `tls: failed to verify certificate: x509: ${certificate}`
  }
  if (code === 'ECONNRESET' || code === 'HPE_INVALID_EOF_STATE') return 'EOF'
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'http: server gave HTTP response to HTTPS client'
  }
  if (code === 'EPROTO' && message.includes('wrong version number')) {
    return 'http: server gave HTTP response to HTTPS client'
  }
  return message
}

/** Of the addresses of one name that were tried, the last counts as in Go's dialer. */
function firstOf(error: NodeError): NodeError {
  return error.errors?.at(-1) ?? error
}

function endpoint({ address = '', port = 0 }: NodeError): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function wrongName({ cert, host = '' }: NodeError): string {
  const names = (cert?.subjectaltname ?? '').split(', ').filter((name) => name !== '')
  const isAddress = /^[\d.]+$|:/.test(host)
  const prefix = isAddress ? 'IP Address:' : 'DNS:'
  const valid = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
  const head = 'tls: failed to verify certificate: x509: '
  if (valid.length === 0) {
    return isAddress
      ? `${head}cannot validate certificate for ${host} because it doesn't contain any IP SANs`
      : `${head}certificate is not valid for any names, but wanted to match ${host}`
  }
  return `${head}certificate is valid for ${valid.join(', ')}, not ${host}`
}
