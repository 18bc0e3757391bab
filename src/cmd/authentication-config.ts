/**
 * An AuthenticationConfiguration: who else signs tokens, and where nobody need say who he is.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go, v1.36.
 */
import { flag, listOf, struct, text } from '#api/config-type.ts'
import type { AnonymousOptions } from '#apiserver/authentication/authenticate.ts'
import type {
  ClaimRule,
  ClaimSource,
  ExpressionRule,
  JwtIssuer,
} from '#apiserver/authentication/oidc/issuer.ts'
import { UserError } from '#base/user-error.ts'
import { readConfig } from './read-config.ts'

const mapping = struct('v1.PrefixedClaimOrExpression', {
  claim: text,
  prefix: text,
  expression: text,
})

const kind = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((v) => `apiserver.config.k8s.io/${v}`),
  type: struct('v1.AuthenticationConfiguration', {
    jwt: listOf(
      struct('v1.JWTAuthenticator', {
        issuer: struct('v1.Issuer', {
          url: text,
          discoveryURL: text,
          certificateAuthority: text,
          audiences: listOf(text),
          audienceMatchPolicy: text,
          egressSelectorType: text,
        }),
        claimValidationRules: listOf(
          struct('v1.ClaimValidationRule', {
            claim: text,
            requiredValue: text,
            expression: text,
            message: text,
          }),
        ),
        claimMappings: struct('v1.ClaimMappings', {
          username: mapping,
          groups: mapping,
          uid: struct('v1.ClaimOrExpression', { claim: text, expression: text }),
          extra: listOf(struct('v1.ExtraMapping', { key: text, valueExpression: text })),
        }),
        userValidationRules: listOf(
          struct('v1.UserValidationRule', { expression: text, message: text }),
        ),
      }),
    ),
    anonymous: struct('v1.AnonymousAuthConfig', {
      enabled: flag,
      conditions: listOf(struct('v1.AnonymousAuthCondition', { path: text })),
    }),
  }),
}

/** Upstream's limit. */
const issuersMax = 64

interface Configuration {
  readonly jwt?: readonly Jwt[]
  readonly anonymous?: {
    readonly enabled?: boolean
    readonly conditions?: readonly { readonly path?: string }[]
  }
}

interface Jwt {
  readonly issuer?: {
    readonly url?: string
    readonly discoveryURL?: string
    readonly certificateAuthority?: string
    readonly audiences?: readonly string[]
    readonly audienceMatchPolicy?: string
    readonly egressSelectorType?: string
  }
  readonly claimValidationRules?: readonly {
    readonly claim?: string
    readonly requiredValue?: string
    readonly expression?: string
    readonly message?: string
  }[]
  readonly claimMappings?: {
    readonly username?: Mapping
    readonly groups?: Mapping
    readonly uid?: Mapping
    readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[]
  }
  readonly userValidationRules?: readonly {
    readonly expression?: string
    readonly message?: string
  }[]
}

interface Mapping {
  readonly claim?: string
  readonly prefix?: string
  readonly expression?: string
}

export interface AuthenticationConfig {
  readonly issuers: readonly JwtIssuer[]
  /** Undefined: the file says nothing of it. */
  readonly anonymous: AnonymousOptions | undefined
}

/** Throws UserError that names what is wrong. */
export async function readAuthenticationConfig(path: string): Promise<AuthenticationConfig> {
  const { jwt = [], anonymous } = await readConfig<Configuration>(
    'authentication-config',
    path,
    kind,
  )
  if (jwt.length > issuersMax) throw wrong('jwt', `Too many: must have at most ${issuersMax} items`)
  const issuers = jwt.map((one, at) => issuerOf(one, `jwt[${at}]`))
  issuers.forEach(({ url }, at) => {
    if (issuers.findIndex((other) => other.url === url) === at) return
    throw wrong(`jwt[${at}].issuer.url`, `Duplicate value: ${JSON.stringify(url)}`)
  })
  return { issuers, anonymous: anonymous === undefined ? undefined : anonymousOf(anonymous) }
}

function anonymousOf({
  enabled = false,
  conditions = [],
}: NonNullable<Configuration['anonymous']>): AnonymousOptions {
  if (conditions.length === 0) return { enabled }
  if (!enabled)
    throw wrong('anonymous.conditions', 'enabled should be set to true when conditions are defined')
  return { enabled, paths: conditions.map(({ path = '' }) => path) }
}

function issuerOf(jwt: Jwt, where: string): JwtIssuer {
  const { issuer = {}, claimMappings = {} } = jwt
  const { username, groups, uid, extra = [] } = claimMappings
  const at = `${where}.claimMappings`
  const groupSource = sourceOf(groups, `${at}.groups`)
  const uidSource = sourceOf(uid, `${at}.uid`)
  return {
    ...placeOf(issuer, `${where}.issuer`),
    claimValidationRules: (jwt.claimValidationRules ?? []).map((rule, index) =>
      claimRuleOf(rule, `${where}.claimValidationRules[${index}]`),
    ),
    username: required(sourceOf(username, `${at}.username`), `${at}.username`),
    ...(groupSource !== undefined && { groups: groupSource }),
    ...(uidSource !== undefined && { uid: uidSource }),
    extra: extra.map(({ key, valueExpression }, index) => ({
      key: required(key, `${at}.extra[${index}].key`),
      valueExpression: required(valueExpression, `${at}.extra[${index}].valueExpression`),
    })),
    userValidationRules: (jwt.userValidationRules ?? []).map((rule, index) =>
      expressionRuleOf(rule, `${where}.userValidationRules[${index}]`),
    ),
  }
}

function placeOf(
  issuer: NonNullable<Jwt['issuer']>,
  where: string,
): Pick<JwtIssuer, 'url' | 'discoveryUrl' | 'certificateAuthority' | 'audiences'> {
  const { discoveryURL, certificateAuthority = '', audiences = [], audienceMatchPolicy } = issuer
  const url = required(issuer.url, `${where}.url`)
  for (const [name, value] of Object.entries({ url, discoveryURL })) {
    if (value === undefined || isHttps(value)) continue
    throw wrong(
      `${where}.${name}`,
      `Invalid value: ${JSON.stringify(value)}: URL scheme must be https`,
    )
  }
  if (audiences.length === 0) throw wrong(`${where}.audiences`, 'Required value')
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny') {
    throw wrong(
      `${where}.audienceMatchPolicy`,
      'audienceMatchPolicy must be set to MatchAny for multiple audiences',
    )
  }
  if (issuer.egressSelectorType !== undefined) {
    throw wrong(`${where}.egressSelectorType`, 'is not supported')
  }
  return {
    url,
    audiences,
    ...(discoveryURL !== undefined && { discoveryUrl: discoveryURL }),
    ...(certificateAuthority !== '' && { certificateAuthority }),
  }
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:'
}

/** A claim needs its prefix, though it be empty: nobody should take another's name by chance. */
function sourceOf(mapping: Mapping | undefined, where: string): ClaimSource | undefined {
  const { claim, prefix, expression } = mapping ?? {}
  if (claim !== undefined && expression !== undefined) {
    throw wrong(where, "claim and expression can't both be set")
  }
  if (expression !== undefined) return { expression }
  if (claim === undefined) return undefined
  if (prefix === undefined && !where.endsWith('.uid')) {
    throw wrong(
      `${where}.prefix`,
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    )
  }
  return { claim, prefix: prefix ?? '' }
}

function claimRuleOf(
  rule: NonNullable<Jwt['claimValidationRules']>[number],
  where: string,
): ClaimRule {
  const { claim, requiredValue = '' } = rule
  if (claim === undefined) return expressionRuleOf(rule, where)
  if (rule.expression !== undefined) throw wrong(where, "claim and expression can't both be set")
  return { claim, requiredValue }
}

function expressionRuleOf(
  { expression, message = '' }: Partial<ExpressionRule>,
  where: string,
): ExpressionRule {
  return { expression: required(expression, `${where}.expression`), message }
}

function required<T>(value: T | undefined, where: string): T {
  if (value === undefined || value === '') throw wrong(where, 'Required value')
  return value
}

function wrong(where: string, what: string): UserError {
  return new UserError(`--authentication-config: ${where === '' ? '' : `${where}: `}${what}`)
}
