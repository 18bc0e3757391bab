/**
 * What is wrong with an issuer in an AuthenticationConfiguration, beyond expressions that do not compile.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go,
 * validateJWTAuthenticator, v1.36.
 */
import { duplicate, invalidValue, required } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { caBundleProblem } from '#base/certificate.ts'
import { parse } from '#cel/parse.ts'
import type { Expr, Select } from '#cel/syntax.ts'
import { checkDomainPath } from '#resources/checks/domain-path.ts'
import type { Jwt, Mapping } from './jwt-config.ts'

type Errors = FieldError[]

/** `disallowed`: issuers that are the server's own. */
export function jwtErrors(
  jwt: Jwt,
  path: string,
  disallowed: readonly string[],
): readonly FieldError[] {
  const errors: Errors = []
  checkIssuer(jwt.issuer ?? {}, { path: `${path}.issuer`, disallowed, errors })
  checkClaimRules(jwt, `${path}.claimValidationRules`, errors)
  checkMappings(jwt.claimMappings ?? {}, `${path}.claimMappings`, errors)
  checkEmail(jwt, path, errors)
  checkUserRules(jwt, `${path}.userValidationRules`, errors)
  return errors
}

interface IssuerCheck {
  readonly path: string
  readonly disallowed: readonly string[]
  readonly errors: Errors
}

function checkIssuer(issuer: NonNullable<Jwt['issuer']>, check: IssuerCheck): void {
  const { path, disallowed, errors } = check
  const { url = '', discoveryURL = '', certificateAuthority = '' } = issuer
  if (url === '') errors.push(required(`${path}.url`, ''))
  else {
    if (disallowed.includes(url)) {
      const list = disallowed.toSorted().join(' ')
      const detail = `URL must not overlap with disallowed issuers: [${list}]`
      errors.push(invalidValue(`${path}.url`, url, detail))
    }
    checkUrl(url, `${path}.url`, errors)
  }
  if (discoveryURL !== '') {
    const where = `${path}.discoveryURL`
    if (url !== '' && bare(url) === bare(discoveryURL)) {
      errors.push(invalidValue(where, discoveryURL, 'discoveryURL must be different from URL'))
    }
    checkUrl(discoveryURL, where, errors)
  }
  checkAudiences(issuer, path, errors)
  const problem = certificateAuthority === '' ? undefined : caBundleProblem(certificateAuthority)
  if (problem !== undefined) {
    errors.push(invalidValue(`${path}.certificateAuthority`, '<omitted>', problem))
  }
}

function bare(url: string): string {
  return url.replace(/\/+$/, '')
}

function checkUrl(text: string, path: string, errors: Errors): void {
  if (!URL.canParse(text)) {
    errors.push(invalidValue(path, text, `parse ${JSON.stringify(text)}: invalid URL`))
    return
  }
  const { protocol, username, password, search, hash } = new URL(text)
  const objections = [
    [protocol !== 'https:', 'URL scheme must be https'],
    [username !== '' || password !== '', 'URL must not contain a username or password'],
    [search !== '', 'URL must not contain a query'],
    [hash !== '', 'URL must not contain a fragment'],
  ] as const
  for (const [isWrong, detail] of objections) {
    if (isWrong) errors.push(invalidValue(path, text, detail))
  }
}

function checkAudiences(issuer: NonNullable<Jwt['issuer']>, path: string, errors: Errors): void {
  const { audiences = [], audienceMatchPolicy: policy = '' } = issuer
  const where = `${path}.audiences`
  if (audiences.length === 0) {
    errors.push(required(where, `at least one ${where} is required`))
    return
  }
  for (const [at, audience] of audiences.entries()) {
    if (audience === '') errors.push(required(`${where}[${at}]`, ''))
    if (audiences.indexOf(audience) < at) errors.push(duplicate(`${where}[${at}]`, audience))
  }
  if (policy === 'MatchAny') return
  const isOne = audiences.length === 1
  if (isOne && policy === '') return
  const detail = isOne
    ? 'audienceMatchPolicy must be empty or MatchAny for single audience'
    : 'audienceMatchPolicy must be MatchAny for multiple audiences'
  errors.push(invalidValue(`${path}.audienceMatchPolicy`, policy, detail))
}

function checkClaimRules({ claimValidationRules = [] }: Jwt, path: string, errors: Errors): void {
  const claims = claimValidationRules.map(({ claim = '' }) => claim)
  const expressions = claimValidationRules.map(({ expression = '' }) => expression)
  for (const [at, rule] of claimValidationRules.entries()) {
    const where = `${path}[${at}]`
    const { claim = '', expression = '', requiredValue = '', message = '' } = rule
    if (claim !== '' && expression !== '') {
      errors.push(invalidValue(where, claim, bothSet))
    } else if (claim === '' && expression === '') {
      errors.push(required(where, 'claim or expression is required'))
    } else if (claim !== '') {
      if (message !== '') {
        const detail = 'may not be specified when claim is set'
        errors.push(invalidValue(`${where}.message`, message, detail))
      }
      if (claims.indexOf(claim) < at) errors.push(duplicate(`${where}.claim`, claim))
    } else {
      if (requiredValue !== '') {
        const detail = 'may not be specified when expression is set'
        errors.push(invalidValue(`${where}.requiredValue`, requiredValue, detail))
      }
      if (expressions.indexOf(expression) < at) {
        errors.push(duplicate(`${where}.expression`, expression))
      }
    }
  }
}

const bothSet = "claim and expression can't both be set"

function checkMappings(
  mappings: NonNullable<Jwt['claimMappings']>,
  path: string,
  errors: Errors,
): void {
  const { username, groups, uid, extra = [] } = mappings
  checkMapping(username ?? {}, `${path}.username`, errors)
  if (isEmpty(username))
    errors.push(required(`${path}.username`, 'claim or expression is required'))
  checkMapping(groups ?? {}, `${path}.groups`, errors)
  if (uid?.claim && uid.expression) errors.push(invalidValue(`${path}.uid`, '', bothSet))
  const keys = extra.map(({ key = '' }) => key)
  for (const [at, { key = '', valueExpression = '' }] of extra.entries()) {
    const where = `${path}.extra[${at}]`
    checkExtraKey(key, `${where}.key`, errors)
    if (keys.indexOf(key) < at) errors.push(duplicate(`${where}.key`, key))
    else if (valueExpression === '') errors.push(required(`${where}.valueExpression`, ''))
  }
}

function isEmpty({ claim = '', expression = '' }: Mapping = {}): boolean {
  return claim === '' && expression === ''
}

/** A claim needs its prefix, though it be empty: nobody should take another's name by chance. */
function checkMapping(mapping: Mapping, path: string, errors: Errors): void {
  const { claim = '', prefix, expression = '' } = mapping
  if (claim !== '' && expression !== '') errors.push(invalidValue(path, '', bothSet))
  else if (claim !== '' && prefix === undefined) {
    const detail =
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing'
    errors.push(required(`${path}.prefix`, detail))
  } else if (expression !== '' && prefix !== undefined) {
    errors.push(
      invalidValue(`${path}.prefix`, prefix, "prefix can't be set when expression is set"),
    )
  }
}

/** Who takes an address for a name must look at whether the issuer has proven it. */
function checkEmail(
  { claimMappings, claimValidationRules = [] }: Jwt,
  path: string,
  errors: Errors,
): void {
  const { username, extra = [] } = claimMappings ?? {}
  const expression = username?.expression ?? ''
  if (!usesClaim(expression, 'email')) return
  const all = [
    expression,
    ...extra.map(({ valueExpression = '' }) => valueExpression),
    ...claimValidationRules.map((rule) => rule.expression ?? ''),
  ]
  if (all.some((one) => usesClaim(one, 'email_verified'))) return
  const where = `${path}.claimMappings.username.expression`
  const detail =
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'
  errors.push(invalidValue(where, expression, detail))
}

/** Whether an expression has `claims.<claim>`; one that cannot be parsed is refused later. */
function usesClaim(expression: string, claim: string): boolean {
  if (expression === '') return false
  try {
    return hasSelect(parse(expression), claim)
  } catch {
    return false
  }
}

function hasSelect(node: unknown, claim: string): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { kind, field, operand } = node as Partial<Select>
  if (kind === 'select' && field === claim && isClaims(operand)) return true
  return Object.values(node).some((child) => hasSelect(child, claim))
}

function isClaims(operand: Expr | undefined): boolean {
  return operand?.kind === 'ident' && operand.name === 'claims'
}

const reserved = /^(?:.*\.)?(?:kubernetes|k8s)\.io$/

function checkExtraKey(key: string, path: string, errors: Errors): void {
  checkDomainPath(key, path, errors)
  if (key !== key.toLowerCase()) errors.push(invalidValue(path, key, 'must be lowercase'))
  const [domain = '', ...rest] = key.split('/')
  if (rest.length === 0 || !reserved.test(domain)) return
  const detail = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
  errors.push(invalidValue(path, key, detail))
}

function checkUserRules({ userValidationRules = [] }: Jwt, path: string, errors: Errors): void {
  const all = userValidationRules.map(({ expression = '' }) => expression)
  for (const [at, expression] of all.entries()) {
    const where = `${path}[${at}].expression`
    if (expression === '') errors.push(required(where, ''))
    else if (all.indexOf(expression) < at) errors.push(duplicate(where, expression))
  }
}
