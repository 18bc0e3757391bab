/**
 * `kubectl create role` and `clusterrole`. Upstream: kubectl pkg/cmd/create/create_role.go,
 * create_clusterrole.go.
 */
import { array, string, strings } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, PlainError } from '#kubectl/errors.ts'
import { createGenerated, generatorFlags, keyValue, nameOf } from './generate.ts'

const ruleFlags: readonly Flag[] = [
  strings('resource', 'Resources that the rule is about, RESOURCE[.GROUP][/SUBRESOURCE].'),
  array('resource-name', 'Names of single objects; may be repeated.'),
  strings('verb', 'Verbs that the rule allows.'),
]

export const role: Command = {
  use: 'create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  about: 'Create a role with single rule.',
  examples: [
    ['Allow to read pods', 'kubectl create role reader --verb=get,list,watch --resource=pods'],
  ],
  flags: [...generatorFlags, ...ruleFlags],
  async run(call) {
    const name = nameOf(call)
    const rules = await resourceRules(call)
    await createGenerated(call, {
      kind: 'Role',
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: { name },
      rules,
    })
  },
}

export const clusterRole: Command = {
  use: 'create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  about: 'Create a cluster role.',
  examples: [
    ['Allow to read pods', 'kubectl create clusterrole reader --verb=get,list --resource=pods'],
    ['Allow a path', 'kubectl create clusterrole logs --verb=get --non-resource-url=/logs/*'],
  ],
  flags: [
    ...generatorFlags,
    ...ruleFlags,
    string('aggregation-rule', 'Labels, KEY=VALUE,…: the role is the sum of the roles with them.', {
      bare: true,
    }),
    strings('non-resource-url', 'Paths that the rule is about.'),
  ],
  run: createClusterRole,
}

async function createClusterRole(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const aggregation = flags.string('aggregation-rule')
  const urls = flags.strings('non-resource-url')
  const head = {
    kind: 'ClusterRole',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name },
  }
  if (aggregation !== '') {
    if (['verb', 'resource', 'resource-name', 'non-resource-url'].some((one) => flags.given(one))) {
      throw new CommandError(
        'aggregation rule must be specified without nonResourceURLs, resources or resourceNames',
      )
    }
    const matchLabels = Object.fromEntries(
      aggregation.split(',').map((pair) => keyValue(pair) ?? [pair, '']),
    )
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels }] }
    return await createGenerated(call, { ...head, rules: null, aggregationRule })
  }
  if (urls.length > 0 && flags.strings('resource').length === 0) {
    const verbs = verbsOf(call)
    return await createGenerated(call, { ...head, rules: [{ verbs, nonResourceURLs: urls }] })
  }
  const rules = await resourceRules(call)
  const withUrls = urls.length === 0 ? [] : [{ verbs: verbsOf(call), nonResourceURLs: urls }]
  await createGenerated(call, { ...head, rules: [...rules, ...withUrls] })
}

function verbsOf({ flags }: Call): readonly string[] {
  const verbs = [...new Set(flags.strings('verb'))]
  if (verbs.length === 0) throw new CommandError('at least one verb must be specified')
  return verbs.includes('*') ? ['*'] : verbs
}

interface Asked {
  readonly resource: string
  readonly group: string
  readonly subresource: string
}

/** One rule for each group, resources in the order given. */
async function resourceRules(call: Call): Promise<readonly object[]> {
  const { flags } = call
  const verbs = verbsOf(call)
  const words = [...new Set(flags.strings('resource'))]
  if (words.length === 0) throw new CommandError('at least one resource must be specified')
  const names = [...new Set(flags.strings('resource-name'))]
  if (names.length > 0 && words.length > 1 && words.includes('*')) {
    throw new CommandError('resourceName(s) can not be applied to multiple resources')
  }
  const groups = new Map<string, string[]>()
  for (const word of words) {
    const { group, resource } = await resolved(call, splitResource(word))
    groups.set(group, [...(groups.get(group) ?? []), resource])
  }
  return [...groups].map(([group, resources]) => ({
    verbs,
    apiGroups: [group],
    resources,
    ...(names.length > 0 && { resourceNames: names }),
  }))
}

function splitResource(word: string): Asked {
  const [path = '', subresource = ''] = word.split('/')
  const [resource = '', ...group] = path.split('.')
  return { resource, group: group.join('.'), subresource }
}

/** With the server's plural and group; what the server does not have fails. */
async function resolved(
  { factory }: Call,
  { resource, group, subresource }: Asked,
): Promise<{ readonly group: string; readonly resource: string }> {
  const suffix = subresource === '' ? '' : `/${subresource}`
  if (resource === '*') return { group: group === '' ? '*' : group, resource: `*${suffix}` }
  const mapper = await factory.mapper()
  const word = group === '' ? resource : `${resource}.${group}`
  const mapping = await mapper.mappingFor(word).catch((error: unknown) => {
    throw error instanceof CommandError ? new PlainError(error.message) : error
  })
  return { group: mapping.group, resource: `${mapping.resource}${suffix}` }
}
