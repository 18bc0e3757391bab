/** This machine's address: the source of its default route, else the first global one. */
import { networkInterfaces } from 'node:os'
import { createSocket } from 'node:dgram'
import { UserError } from '#base/user-error.ts'

/** A documentation address: routing a datagram to it sends nothing, it only shows the source chosen. */
const anywhere = '198.51.100.1'

export async function nodeAddress(): Promise<string> {
  const routed = await sourceAddress()
  if (routed !== undefined) return routed
  for (const addresses of Object.values(networkInterfaces())) {
    const global = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (global !== undefined) return global.address
  }
  throw new UserError('this machine has no IPv4 address besides loopback: give an interface one')
}

function sourceAddress(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.connect(9, anywhere, () => {
      const { address } = socket.address()
      socket.close()
      resolve(address === '0.0.0.0' ? undefined : address)
    })
  })
}
