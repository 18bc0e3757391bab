/**
 * From the claims of a verified token to a user.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go and
 * staging/src/k8s.io/apiserver/pkg/authentication/cel, v1.36.
 */
import { toJson } from '#cel/adapt.ts'
import { compile } from '#cel/compile.ts'
import { dyn, listOf, mapOf, objectOf, string } from '#cel/value-type.ts'
import type { ValueType } from '#cel/value-type.ts'
import { extraKeys, TokenError } from '#apiserver/authentication/authenticator.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { ClaimRule, ClaimSource, ExpressionRule, JwtIssuer } from './issuer.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Throws TokenError when the claims do not make a user. */
export type UserOf = (claims: Claims) => UserInfo

type Read = (claims: Claims) => unknown

const ofClaims = { claims: mapOf(string, dyn) }
const ofUser = {
  user: objectOf('kubernetes.UserInfo', {
    username: string,
    uid: string,
    groups: listOf(string),
    extra: mapOf(string, listOf(string)),
  }),
}

/** Compiles the expressions. Throws an Error that says which one is wrong. */
export function userMapping(issuer: JwtIssuer): UserOf {
  const rules = issuer.claimValidationRules.map(claimCheck)
  const username = usernameOf(issuer.username)
  const groups = issuer.groups === undefined ? undefined : groupsOf(issuer.groups)
  const uid = issuer.uid === undefined ? undefined : uidOf(issuer.uid)
  const extras = issuer.extra.map(({ key, valueExpression }) => {
    const read = expression(valueExpression, ofClaims)
    return [key, (claims: Claims) => texts(read({ claims }), `extra ${key}`)] as const
  })
  const userRules = issuer.userValidationRules.map(userCheck)
  return (claims) => {
    for (const check of rules) check(claims)
    const extra = extraOf(extras, claims)
    const user = {
      name: username(claims),
      groups: groups?.(claims) ?? [],
      ...(uid !== undefined && { uid: uid(claims) }),
      ...(Object.keys(extra).length > 0 && { extra }),
    }
    for (const check of userRules) check(user)
    return withCredentialId(user, claims)
  }
}

function usernameOf(source: ClaimSource): (claims: Claims) => string {
  if ('expression' in source) {
    const read = expression(source.expression, ofClaims)
    return (claims) => {
      const value = read({ claims })
      if (typeof value === 'string' && value !== '') return value
      throw new TokenError('oidc: error evaluating username claim expression: it must be a text')
    }
  }
  const { claim, prefix } = source
  return (claims) => {
    const value = claims[claim]
    if (value === undefined) {
      throw new TokenError(
        `oidc: parse username claims ${JSON.stringify(claim)}: claim not present`,
      )
    }
    if (typeof value !== 'string') {
      throw new TokenError(`oidc: parse username claims ${JSON.stringify(claim)}: not a text`)
    }
    if (claim === 'email') checkVerified(claims)
    return `${prefix}${value}`
  }
}

/** Who says that an address is not verified is not believed; who says nothing is. */
function checkVerified(claims: Claims): void {
  const { email_verified: verified } = claims
  if (verified === undefined || verified === true) return
  throw new TokenError('oidc: email not verified')
}

function groupsOf(source: ClaimSource): (claims: Claims) => readonly string[] {
  if ('expression' in source) {
    const read = expression(source.expression, ofClaims)
    return (claims) => texts(read({ claims }), 'groups')
  }
  const { claim, prefix } = source
  return (claims) => {
    const names = claims['_claim_names'] as Claims | undefined
    if (claims[claim] === undefined && names?.[claim] !== undefined) {
      throw new TokenError('oidc: distributed claims are not supported')
    }
    return texts(claims[claim], `groups claim ${JSON.stringify(claim)}`).map(
      (group) => `${prefix}${group}`,
    )
  }
}

function uidOf(source: ClaimSource): (claims: Claims) => string {
  const read: Read =
    'expression' in source
      ? (
          (run) => (claims: Claims) =>
            run({ claims })
        )(expression(source.expression, ofClaims))
      : (claims) => claims[source.claim]
  return (claims) => {
    const value = read(claims)
    if (typeof value === 'string') return value
    throw new TokenError('oidc: error evaluating uid claim: it must be a text')
  }
}

function extraOf(
  extras: readonly (readonly [string, (claims: Claims) => readonly string[]])[],
  claims: Claims,
): Record<string, readonly string[]> {
  const entries = extras.map(([key, read]) => [key, read(claims)] as const)
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0))
}

/** One text, several, or none. */
function texts(value: unknown, what: string): readonly string[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [value]
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (isList) return value.filter((one) => one !== '')
  throw new TokenError(`oidc: ${what} must be a text or a list of texts`)
}

function claimCheck(rule: ClaimRule): (claims: Claims) => void {
  if ('expression' in rule) {
    const read = condition(rule, ofClaims)
    return (claims) => read({ claims })
  }
  const { claim, requiredValue } = rule
  return (claims) => {
    const value = claims[claim]
    if (value === undefined) {
      throw new TokenError(`oidc: required claim ${claim} not present in ID token`)
    }
    if (value === requiredValue) return
    throw new TokenError(
      `oidc: required claim ${claim} value does not match. Got = ${shown(value)}, want = ${requiredValue}`,
    )
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function userCheck(rule: ExpressionRule): (user: UserInfo) => void {
  const read = condition(rule, ofUser)
  return ({ name: username, uid = '', groups, extra = {} }) =>
    read({ user: { username, uid, groups, extra } })
}

function condition(
  { expression: text, message }: ExpressionRule,
  variables: Readonly<Record<string, ValueType>>,
): (values: Readonly<Record<string, unknown>>) => void {
  const read = expression(text, variables)
  return (values) => {
    if (read(values) === true) return
    const why = message === '' ? `expression ${JSON.stringify(text)} resulted in false` : message
    throw new TokenError(`oidc: error evaluating validation rules: ${why}`)
  }
}

function expression(
  source: string,
  variables: Readonly<Record<string, ValueType>>,
): (values: Readonly<Record<string, unknown>>) => unknown {
  const compiled = compile(source, { variables })
  if (!compiled.ok) throw new Error(`compilation failed: ${compiled.problems}`)
  return (values) => {
    const outcome = compiled.program.evaluate(values)
    if (outcome.ok) return toJson(outcome.value)
    throw new TokenError(`oidc: error evaluating ${JSON.stringify(source)}: ${outcome.message}`)
  }
}

function withCredentialId(user: UserInfo, { jti }: Claims): UserInfo {
  if (typeof jti !== 'string' || jti === '') return user
  return { ...user, extra: { ...user.extra, [extraKeys.credentialId]: [`JTI=${jti}`] } }
}
