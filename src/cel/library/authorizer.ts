/** `authorizer.group('apps').resource('deployments').check('create').allowed()`. Upstream: authz.go. */
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import { method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, OpaqueValue, type Value } from '#cel/value.ts'

export const authorizerType = 'kubernetes.authorization.Authorizer'
const pathType = 'kubernetes.authorization.PathCheck'
const groupType = 'kubernetes.authorization.GroupCheck'
const resourceType = 'kubernetes.authorization.ResourceCheck'
const decisionType = 'kubernetes.authorization.Decision'
export const resourceCheckType = resourceType

export interface AccessQuestion {
  readonly verb: string
  /** Undefined: the user who makes the request. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined
  readonly path?: string
  readonly resource?: {
    readonly group: string
    readonly resource: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
    readonly fieldSelector: string
    readonly labelSelector: string
  }
}

export interface AccessAnswer {
  readonly allowed: boolean
  readonly reason: string
}

export type AskAccess = (question: AccessQuestion) => AccessAnswer

/** No two of these are equal, as upstream. */
abstract class OnlyReceiver extends OpaqueValue {
  equals(): boolean {
    return false
  }
}

export class AuthorizerValue extends OnlyReceiver {
  readonly typeName = authorizerType
  readonly ask: AskAccess
  readonly serviceAccount: AccessQuestion['serviceAccount']

  constructor(ask: AskAccess, serviceAccount?: AccessQuestion['serviceAccount']) {
    super()
    this.ask = ask
    this.serviceAccount = serviceAccount
  }
}

class PathCheck extends OnlyReceiver {
  readonly typeName = pathType
  readonly authorizer: AuthorizerValue
  readonly path: string

  constructor(authorizer: AuthorizerValue, path: string) {
    super()
    this.authorizer = authorizer
    this.path = path
  }
}

class GroupCheck extends OnlyReceiver {
  readonly typeName = groupType
  readonly authorizer: AuthorizerValue
  readonly group: string

  constructor(authorizer: AuthorizerValue, group: string) {
    super()
    this.authorizer = authorizer
    this.group = group
  }
}

type ResourceQuestion = NonNullable<AccessQuestion['resource']>

export class ResourceCheck extends OnlyReceiver {
  readonly typeName = resourceType
  readonly authorizer: AuthorizerValue
  readonly resource: ResourceQuestion

  constructor(authorizer: AuthorizerValue, resource: ResourceQuestion) {
    super()
    this.authorizer = authorizer
    this.resource = resource
  }

  with(part: Partial<ResourceQuestion>): ResourceCheck {
    return new ResourceCheck(this.authorizer, { ...this.resource, ...part })
  }
}

class DecisionValue extends OnlyReceiver {
  readonly typeName = decisionType
  readonly answer: AccessAnswer

  constructor(answer: AccessAnswer) {
    super()
    this.answer = answer
  }
}

function path(authorizer: AuthorizerValue, text: string): Value {
  if (text.trim() === '') throw new EvaluationError('path must not be empty')
  return new PathCheck(authorizer, text)
}

function serviceAccount(authorizer: AuthorizerValue, namespace: string, name: string): Value {
  if (validateDns1123Subdomain(name).length > 0) {
    throw new EvaluationError('Invalid service account name')
  }
  if (validateDns1123Label(namespace).length > 0) {
    throw new EvaluationError('Invalid service account namespace')
  }
  return new AuthorizerValue(authorizer.ask, { namespace, name })
}

function resource({ authorizer, group }: GroupCheck, name: string): Value {
  if (name.trim() === '') throw new EvaluationError('resource must not be empty')
  return new ResourceCheck(authorizer, {
    group,
    resource: name,
    subresource: '',
    namespace: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
  })
}

function ask(check: PathCheck | ResourceCheck, verb: string): Value {
  const { ask: question, serviceAccount: account } = check.authorizer
  const what = check instanceof PathCheck ? { path: check.path } : { resource: check.resource }
  return new DecisionValue(question({ verb, serviceAccount: account, ...what }))
}

/** Two checks an expression, as upstream. */
const checkCost = (): number => 350_000

const refinements = ['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const

export const authorizer: readonly FunctionRow[] = [
  method('path', `(${authorizerType}, string) -> ${pathType}`, { run: path }),
  method('group', `(${authorizerType}, string) -> ${groupType}`, {
    run: (own: AuthorizerValue, group: string) => new GroupCheck(own, group),
  }),
  method('serviceAccount', `(${authorizerType}, string, string) -> ${authorizerType}`, {
    run: serviceAccount,
  }),
  method('resource', `(${groupType}, string) -> ${resourceType}`, { run: resource }),
  ...refinements.map((part) =>
    method(part, `(${resourceType}, string) -> ${resourceType}`, {
      run: (check: ResourceCheck, text: string) => check.with({ [part]: text }),
    }),
  ),
  method('check', `(${pathType}, string) -> ${decisionType}`, { run: ask, cost: checkCost }),
  method('check', `(${resourceType}, string) -> ${decisionType}`, { run: ask, cost: checkCost }),
  method('allowed', `(${decisionType}) -> bool`, {
    run: (own: DecisionValue) => own.answer.allowed,
  }),
  method('reason', `(${decisionType}) -> string`, {
    run: (own: DecisionValue) => own.answer.reason,
  }),
  method('errored', `(${decisionType}) -> bool`, { run: () => false }),
  method('error', `(${decisionType}) -> string`, { run: () => '' }),
]
