import { badRequest, requestEntityTooLarge } from '#api/meta/status.ts'
import { ClientGoneError } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { limits } from './limits.ts'

/** The whole body; throws RequestEntityTooLarge beyond the limit, the signal's reason when it aborts. */
export async function readBody(exchange: Exchange): Promise<Buffer> {
  const { signal } = exchange
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([collect(exchange), aborted])
}

async function collect(exchange: Exchange): Promise<Buffer> {
  const announced = Number(exchange.headers['content-length'] ?? '0')
  if (announced > limits.requestBodyBytesMax) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of exchange.body) {
      length += chunk.length
      if (length > limits.requestBodyBytesMax) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (exchange.signal.aborted || !isStreamError(error)) throw error
    throw new ClientGoneError('the client went away before its body was complete')
  }
  if (announced > 0 && length < announced) throw badRequest('unexpected EOF')
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? Buffer.from(only) : Buffer.concat(chunks)
}

function isStreamError(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}

function tooLarge(): Error {
  return requestEntityTooLarge(`limit is ${limits.requestBodyBytesMax}`)
}
