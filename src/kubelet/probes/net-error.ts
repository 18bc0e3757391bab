/** Failures to connect, in the words of Go's net package. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
}

export function connectFailure(error: unknown, address: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET') {
    return message === 'socket hang up' ? 'EOF' : `read tcp ${address}: connection reset by peer`
  }
  const reason = reasons[code]
  return reason === undefined ? message : `dial tcp ${address}: connect: ${reason}`
}
