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
import { aggregate, duplicate, invalidValue, tooMany } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { UserError } from '#base/user-error.ts'
import type { Jwt, Mapping } from './jwt-config.ts'
import { jwtErrors } from './jwt-errors.ts'
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

export interface AuthenticationConfig {
  readonly issuers: readonly JwtIssuer[]
  /** Undefined: the file says nothing of it. */
  readonly anonymous: AnonymousOptions | undefined
}

/** `disallowed`: issuers that are the server's own. Throws UserError that names all that is wrong. */
export async function readAuthenticationConfig(
  path: string,
  disallowed: readonly string[] = [],
): Promise<AuthenticationConfig> {
  const { jwt = [], anonymous } = await readConfig<Configuration>(
    'authentication-config',
    path,
    kind,
  )
  const errors = [...issuersErrors(jwt, disallowed), ...anonymousErrors(anonymous ?? {})]
  if (errors.length > 0) throw new UserError(`--authentication-config: ${aggregate(errors)}`)
  return { issuers: jwt.map(issuerOf), anonymous: anonymous && anonymousOf(anonymous) }
}

function issuersErrors(jwt: readonly Jwt[], disallowed: readonly string[]): readonly FieldError[] {
  if (jwt.length > issuersMax) return [tooMany('jwt', jwt.length, issuersMax)]
  const urls = jwt.map(({ issuer }) => issuer?.url ?? '')
  return jwt.flatMap((one, at) => [
    ...jwtErrors(one, `jwt[${at}]`, disallowed),
    ...(urls.indexOf(urls[at] ?? '') < at ? [duplicate(`jwt[${at}].issuer.url`, urls[at])] : []),
    ...unsupportedErrors(one, `jwt[${at}]`),
  ])
}

/** There is no egress selector here that could be asked. */
function unsupportedErrors({ issuer }: Jwt, path: string): readonly FieldError[] {
  const { egressSelectorType: type } = issuer ?? {}
  if (type === undefined) return []
  return [invalidValue(`${path}.issuer.egressSelectorType`, type, 'is not supported')]
}

type Anonymous = NonNullable<Configuration['anonymous']>

function anonymousErrors({ enabled = false, conditions = [] }: Anonymous): readonly FieldError[] {
  if (enabled || conditions.length === 0) return []
  const detail = 'enabled should be set to true when conditions are defined'
  return [invalidValue('anonymous.conditions', conditions, detail)]
}

function anonymousOf({ enabled = false, conditions = [] }: Anonymous): AnonymousOptions {
  if (conditions.length === 0) return { enabled }
  return { enabled, paths: conditions.map(({ path = '' }) => path) }
}

/** Of one that is known to be right. */
function issuerOf(jwt: Jwt): JwtIssuer {
  const { issuer = {}, claimMappings = {} } = jwt
  const { username, groups, uid, extra = [] } = claimMappings
  const { url = '', discoveryURL = '', certificateAuthority = '', audiences = [] } = issuer
  const [groupSource, uidSource] = [sourceOf(groups), sourceOf(uid)]
  return {
    url,
    audiences,
    ...(discoveryURL !== '' && { discoveryUrl: discoveryURL }),
    ...(certificateAuthority !== '' && { certificateAuthority }),
    claimValidationRules: (jwt.claimValidationRules ?? []).map(claimRuleOf),
    username: sourceOf(username) ?? { claim: '', prefix: '' },
    ...(groupSource !== undefined && { groups: groupSource }),
    ...(uidSource !== undefined && { uid: uidSource }),
    extra: extra.map(({ key = '', valueExpression = '' }) => ({ key, valueExpression })),
    userValidationRules: (jwt.userValidationRules ?? []).map(expressionRuleOf),
  }
}

function sourceOf({ claim = '', prefix = '', expression = '' }: Mapping = {}):
  | ClaimSource
  | undefined {
  if (expression !== '') return { expression }
  return claim === '' ? undefined : { claim, prefix }
}

function claimRuleOf(rule: NonNullable<Jwt['claimValidationRules']>[number]): ClaimRule {
  const { claim = '', requiredValue = '' } = rule
  return claim === '' ? expressionRuleOf(rule) : { claim, requiredValue }
}

function expressionRuleOf({
  expression = '',
  message = '',
}: Partial<ExpressionRule>): ExpressionRule {
  return { expression, message }
}
