/**
 * What a kubelet may do: read what its pods name, and care for its own node, pods and leases.
 * Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go.
 */
import { parseFieldSelector } from '#api/meta/fields.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type {
  Decision,
  LocalAuthorizer,
  ResourceAttributes,
} from '#apiserver/authorization/authorizer.ts'
import {
  allowsPath,
  allowsResource,
  compileRules,
  resourceQuery,
} from '#apiserver/authorization/rbac/compile-rules.ts'
import { nodeRules } from '#apiserver/authorization/rbac/bootstrap-policy.ts'
import type { NodeGraph } from './node-graph.ts'
import type { Referenced } from '#api/core/pod-references.ts'

interface Asked extends ResourceAttributes {
  readonly verb: string
  readonly nodeName: string
}

type Judge = (graph: NodeGraph, asked: Asked) => Decision

const yes: Decision = { allowed: true, reason: '' }
const no: Decision = { allowed: false, reason: '' }

/** The node's name; '' for a user of the group whose name is not a node's; undefined: not a node. */
export function nodeNameOf({ name, groups }: UserInfo): string | undefined {
  if (!name.startsWith(wellKnown.nodeUserPrefix)) return undefined
  if (!groups.includes(wellKnown.nodes)) return undefined
  return name.slice(wellKnown.nodeUserPrefix.length)
}

export function nodeAuthorizer(graph: NodeGraph): LocalAuthorizer {
  const rules = compileRules(nodeRules())
  return {
    authorize({ user, verb, resource, path = '' }) {
      const nodeName = nodeNameOf(user)
      if (nodeName === undefined) return no
      if (nodeName === '') return because(`unknown node for user ${JSON.stringify(user.name)}`)
      if (resource === undefined) return allowsPath(rules, verb, path) ? yes : no
      const judge = judges[`${resource.group}/${resource.resource}`]
      if (judge !== undefined) return judge(graph, { ...resource, verb, nodeName })
      return allowsResource(rules, resourceQuery(verb, resource)) ? yes : no
    },
  }
}

/** By `group/resource`; everything else follows the static rules. */
const judges: Readonly<Record<string, Judge>> = {
  '/secrets': readNamed('secrets'),
  '/configmaps': readNamed('configmaps'),
  '/persistentvolumeclaims': judgeClaim,
  '/persistentvolumes': (graph, asked) =>
    getOnly(asked, () => graph.usesVolume(asked.nodeName, asked.name)),
  'resource.k8s.io/resourceclaims': (graph, asked) =>
    getOnly(asked, () => graph.references(asked.nodeName, { ...asked, type: 'resourceclaims' })),
  'storage.k8s.io/volumeattachments': (graph, asked) =>
    getOnly(asked, () => graph.isAttachedTo(asked.nodeName, asked.name)),
  '/serviceaccounts': judgeServiceAccount,
  'coordination.k8s.io/leases': judgeLease,
  'storage.k8s.io/csinodes': judgeCsiNode,
  'resource.k8s.io/resourceslices': judgeResourceSlice,
  '/nodes': judgeNode,
  '/pods': judgePod,
}

function readNamed(type: Referenced): Judge {
  return (graph, asked) => {
    if (!['get', 'list', 'watch'].includes(asked.verb)) {
      return because('can only read resources of this type')
    }
    if (asked.subresource !== '') return because('cannot read subresource')
    if (asked.namespace === '') return because('can only read namespaced object of this type')
    return related(asked, () => graph.references(asked.nodeName, { ...asked, type }))
  }
}

function judgeClaim(graph: NodeGraph, asked: Asked): Decision {
  const isUsed = (): boolean =>
    graph.references(asked.nodeName, { ...asked, type: 'persistentvolumeclaims' })
  if (asked.subresource !== 'status') return getOnly(asked, isUsed)
  if (!['get', 'update', 'patch'].includes(asked.verb)) {
    return because('can only get/update/patch this type')
  }
  return related(asked, isUsed)
}

function judgeServiceAccount(graph: NodeGraph, asked: Asked): Decision {
  const runsAs = (): boolean =>
    graph.references(asked.nodeName, { ...asked, type: 'serviceaccounts' })
  if (asked.verb === 'get' && asked.subresource === '') return related(asked, runsAs)
  if (asked.verb !== 'create' || asked.subresource !== 'token') {
    return because('can only create tokens for individual service accounts')
  }
  return related(asked, runsAs)
}

const leaseNamespace = 'kube-node-lease'
const ownObjectVerbs: readonly string[] = ['get', 'create', 'update', 'patch', 'delete']

function judgeLease(_graph: NodeGraph, asked: Asked): Decision {
  if (!ownObjectVerbs.includes(asked.verb)) {
    return because('can only get, create, update, patch, or delete a node lease')
  }
  if (asked.namespace !== leaseNamespace) {
    return because(`can only access leases in the "${leaseNamespace}" system namespace`)
  }
  if (asked.verb !== 'create' && asked.name !== asked.nodeName) {
    return because('can only access node lease with the same name as the requesting node')
  }
  return yes
}

function judgeCsiNode(_graph: NodeGraph, asked: Asked): Decision {
  if (!ownObjectVerbs.includes(asked.verb)) {
    return because('can only get, create, update, patch, or delete a CSINode')
  }
  if (asked.subresource !== '') return because('cannot authorize CSINode subresources')
  if (asked.verb !== 'create' && asked.name !== asked.nodeName) {
    return because('can only access CSINode with the same name as the requesting node')
  }
  return yes
}

function judgeResourceSlice(_graph: NodeGraph, asked: Asked): Decision {
  if (asked.subresource !== '') return because('cannot authorize ResourceSlice subresources')
  switch (asked.verb) {
    case 'create':
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return yes // NodeRestriction looks at the slice itself
    case 'list':
    case 'watch':
    case 'deletecollection':
      return selects(asked, 'spec.nodeName')
        ? yes
        : because(
            'can only list/watch/deletecollection resourceslices with nodeName field selector',
          )
    default:
      return because(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      )
  }
}

function judgeNode(_graph: NodeGraph, asked: Asked): Decision {
  const { verb, subresource, name, nodeName } = asked
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? yes : no
  if (subresource !== '') return no
  switch (verb) {
    case 'create':
    case 'update':
    case 'patch':
      return yes // NodeRestriction looks at the node itself
    case 'get':
    case 'list':
    case 'watch':
      if (name === nodeName) return yes
      return name === ''
        ? because(`node '${nodeName}' cannot read all nodes, only its own Node object`)
        : because(`node '${nodeName}' cannot read '${name}', only its own Node object`)
    default:
      return no
  }
}

function judgePod(graph: NodeGraph, asked: Asked): Decision {
  const { verb, subresource, nodeName } = asked
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? yes : no
  if (subresource === 'eviction') return verb === 'create' ? yes : no
  if (subresource !== '') return no
  switch (verb) {
    case 'get':
      return getOnly(asked, () => graph.runsPod(nodeName, asked.namespace, asked.name))
    case 'list':
    case 'watch':
      return selects(asked, 'spec.nodeName')
        ? yes
        : because('can only list/watch pods with spec.nodeName field selector')
    case 'create':
    case 'delete':
      return yes // mirror pods; NodeRestriction looks at the pod itself
    default:
      return no
  }
}

function getOnly(asked: Asked, isRelated: () => boolean): Decision {
  if (asked.verb !== 'get') return because('can only get individual resources of this type')
  if (asked.subresource !== '') return because('cannot get subresource')
  return related(asked, isRelated)
}

function related(asked: Asked, isRelated: () => boolean): Decision {
  if (asked.name === '') return because('No Object name found')
  return isRelated()
    ? yes
    : because(`no relationship found between node '${asked.nodeName}' and this object`)
}

/** Whether the field selector asks for the node's own. */
function selects({ fieldSelector = '', nodeName }: Asked, field: string): boolean {
  try {
    const { requirements } = parseFieldSelector(fieldSelector)
    return requirements.some(
      (one) => one.field === field && one.operator === '=' && one.value === nodeName,
    )
  } catch {
    return false // the list itself will answer what is wrong with it
  }
}

function because(reason: string): Decision {
  return { allowed: false, reason }
}
