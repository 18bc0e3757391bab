/**
 * What expressions of admission may refer to.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/compile.go.
 */
import { authorizerType, resourceCheckType } from './library/authorizer.ts'
import {
  bool,
  dyn,
  int,
  listOf,
  mapOf,
  objectOf,
  opaque,
  string,
  timestamp,
  type ObjectType,
  type ValueType,
} from './value-type.ts'

const groupVersionKind = objectOf('kubernetes.GroupVersionKind', {
  group: string,
  version: string,
  kind: string,
})

const groupVersionResource = objectOf('kubernetes.GroupVersionResource', {
  group: string,
  version: string,
  resource: string,
})

const userInfo = objectOf('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listOf(string),
  extra: mapOf(string, listOf(string)),
})

const request = objectOf('kubernetes.AdmissionRequest', {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: string,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
})

const strings = mapOf(string, string)

/** What anybody may know of a namespace who may write into it. */
const namespaceObject = objectOf('kubernetes.Namespace', {
  metadata: objectOf('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: strings,
    annotations: strings,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: listOf(string),
  }),
  spec: objectOf('kubernetes.NamespaceSpec', { finalizers: listOf(string) }),
  status: objectOf('kubernetes.NamespaceStatus', { phase: string }),
})

export interface Scope {
  /** What `params` is; undefined: there are none. */
  readonly params: ValueType | undefined
  /** What `object` and `oldObject` are; default: anything. */
  readonly object?: ValueType
  /** Variables of a policy, by name. */
  readonly variables?: ReadonlyMap<string, ValueType>
  /** A message may not look anything up. */
  readonly authorizer?: false
}

export function variablesOf(scope: Scope): Record<string, ValueType> {
  const object = scope.object ?? dyn
  return {
    object,
    oldObject: object,
    request,
    namespaceObject,
    ...(scope.params !== undefined && { params: scope.params }),
    ...(scope.variables !== undefined && { variables: variablesType(scope.variables) }),
    ...(scope.authorizer !== false && {
      authorizer: opaque(authorizerType),
      'authorizer.requestResource': opaque(resourceCheckType),
    }),
  }
}

function variablesType(variables: ReadonlyMap<string, ValueType>): ObjectType {
  const fields = [...variables].map(([name, type]) => [name, { type }] as const)
  return { kind: 'object', name: 'kubernetes.variables', fields: new Map(fields) }
}
