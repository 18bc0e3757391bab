/** Answers that are bytes, of endpoints or of servers behind this one, for callers in this process. */
import { genericServerResponse, statusErrorFrom } from '#api/meta/status.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import type { ApiResponse, WatchEvent } from '#client/transport.ts'
import type { RawAnswer } from './http/answer.ts'

/** Objects come parsed, everything else as text. Throws StatusError for a refusal. */
export async function rawResponse(
  answer: RawAnswer,
): Promise<Pick<ApiResponse, 'status' | 'body'>> {
  const { status } = answer
  const text = await textOf(answer.body)
  const body = isJson(answer) ? (JSON.parse(text) as unknown) : text
  if (status < 400) return { status, body }
  throw refusal(status, body)
}

/** The events of a watch, one a line. Throws StatusError for a refusal. */
export async function* watchedRaw(answer: RawAnswer): AsyncGenerator<WatchEvent> {
  if (answer.status >= 400) await rawResponse(answer)
  if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) return
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent
  }
}

function refusal(code: number, body: unknown): Error {
  const status = body as Partial<Status> | null
  if (status?.kind === 'Status') return statusErrorFrom(status as Status)
  const serverMessage = typeof body === 'string' ? body.trim() : ''
  return genericServerResponse({ code, serverMessage, unexpected: true })
}

function isJson({ headers }: RawAnswer): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  return /^application\/json(?:;|$)/.test(String(type ?? ''))
}

async function textOf(body: RawAnswer['body']): Promise<string> {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
