/**
 * `--token-auth-file`: `token,user,uid,"group1,group2"`, one a line.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authentication/token/tokenfile/tokenfile.go.
 */
import { UserError } from '#base/user-error.ts'
import type { LocalTokenAuthenticator, UserInfo } from './authenticator.ts'

/** Throws UserError. A token that stands twice is the last one's, one that is empty is nobody's. */
export function parseTokenFile(path: string, text: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>()
  text.split('\n').forEach((line, at) => {
    if (line.trim() === '') return
    const fields = fieldsOf(line.replace(/\r$/, ''))
    if (fields === undefined) {
      throw new UserError(`parse error on line ${at + 1}: bare " in non-quoted field`)
    }
    if (fields.length < 3) {
      throw new UserError(
        `token file '${path}' must have at least 3 columns (token, user name, user uid), found ${fields.length}`,
      )
    }
    const [token = '', name = '', uid = '', groups = ''] = fields
    if (token === '') return
    users.set(token, { name, uid, groups: groups === '' ? [] : groups.split(',') })
  })
  return users
}

export function staticTokens(users: ReadonlyMap<string, UserInfo>): LocalTokenAuthenticator {
  return (token, audiences) => {
    const user = users.get(token)
    return user === undefined ? undefined : { user, audiences }
  }
}

const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y

/** The fields of a line of comma-separated values; undefined: a quote where none may be. */
function fieldsOf(line: string): readonly string[] | undefined {
  const fields: string[] = []
  field.lastIndex = 0
  for (;;) {
    const [, quoted, plain = '', end] = field.exec(line) ?? []
    if (end === undefined) return undefined
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '') return fields
  }
}
