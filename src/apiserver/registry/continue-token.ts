/**
 * Where the next page of a list begins. Upstream: staging/src/k8s.io/apiserver/pkg/storage/continue.go.
 */
import { badRequest, StatusError } from '#api/meta/status.ts'
import { revisionOf, type Revision } from '#storage/storage.ts'

const version = 'meta.k8s.io/v1'

export interface ContinueToken {
  /** The page before was read at this revision; undefined: go on with the present, inconsistently. */
  readonly revision: Revision | undefined
  /** The last key of the page before, without the prefix that the list is about. */
  readonly after: string
}

export function encodeContinue({ revision, after }: ContinueToken): string {
  const rv = revision === undefined ? -1 : Number(revision)
  const json = JSON.stringify({ v: version, rv, start: `${after}\u0000` })
  return Buffer.from(json).toString('base64url')
}

/** Throws StatusError BadRequest. */
export function decodeContinue(token: string): ContinueToken {
  const { v, rv, start } = parse(token)
  if (v !== version) {
    throw invalidToken(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`)
  }
  if (typeof rv !== 'number' || rv === 0 || !Number.isSafeInteger(rv)) {
    throw invalidToken(`incorrect encoded start resourceVersion (version ${version})`)
  }
  if (typeof start !== 'string' || start === '') {
    throw invalidToken(`encoded start key empty (version ${version})`)
  }
  if (start.startsWith('/') || start.split('/').includes('..')) throw invalidToken(start)
  return { revision: rv < 0 ? undefined : revisionOf(rv), after: start.replace(/\0$/, '') }
}

/**
 * The answer to a token whose revision is compacted: it carries a token to go on inconsistently.
 * Upstream: storage/etcd3/errors.go, handleCompactedErrorForPaging.
 */
export function expiredContinue(after: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: { continue: encodeContinue({ revision: undefined, after }) } as never,
    status: 'Failure',
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start ' +
      'a new list without the continue parameter, or use the continue token in this response to ' +
      'retrieve the remainder of the results. Continuing with the provided token results in an ' +
      'inconsistent list - objects that were created, modified, or deleted between the time the first ' +
      'chunk was returned and now may show up in the list.',
    reason: 'Expired',
    code: 410,
  })
}

interface Encoded {
  v?: unknown
  rv?: unknown
  start?: unknown
}

function parse(token: string): Encoded {
  const badAt = /[^A-Za-z0-9_-]/.exec(token)?.index
  if (badAt !== undefined) throw invalidToken(`illegal base64 data at input byte ${badAt}`)
  try {
    const encoded: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return typeof encoded === 'object' && encoded !== null ? encoded : {}
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : String(error))
  }
}

function invalidToken(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`)
}
