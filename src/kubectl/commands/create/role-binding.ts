/**
 * `kubectl create rolebinding` and `clusterrolebinding`. Upstream: kubectl
 * pkg/cmd/create/create_rolebinding.go, create_clusterrolebinding.go.
 */
import { array, string } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

const group = 'rbac.authorization.k8s.io'

const subjectFlags: readonly Flag[] = [
  array('group', 'Groups to bind; may be repeated.'),
  array('serviceaccount', 'Service accounts to bind, NAMESPACE:NAME; may be repeated.'),
  array('user', 'Users to bind; may be repeated.'),
]

export const roleBinding: Command = {
  use: 'create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  about: 'Create a role binding for a particular role or cluster role.',
  examples: [['Give a user a role', 'kubectl create rolebinding readers --role=reader --user=bob']],
  flags: [
    ...generatorFlags,
    ...subjectFlags,
    string('clusterrole', 'Cluster role to bind to.'),
    string('role', 'Role to bind to.'),
  ],
  async run(call) {
    const name = nameOf(call)
    const [role, clusterRole] = [call.flags.string('role'), call.flags.string('clusterrole')]
    if ((role === '') === (clusterRole === '')) {
      throw new CommandError('exactly one of clusterrole or role must be specified')
    }
    const roleRef =
      role === ''
        ? { apiGroup: group, kind: 'ClusterRole', name: clusterRole }
        : { apiGroup: group, kind: 'Role', name: role }
    await createBinding(call, { kind: 'RoleBinding', name, roleRef })
  },
}

export const clusterRoleBinding: Command = {
  use: 'create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  about: 'Create a cluster role binding for a particular cluster role.',
  examples: [
    [
      'Make users administrators',
      'kubectl create clusterrolebinding ops --clusterrole=cluster-admin --user=eve',
    ],
  ],
  flags: [
    ...generatorFlags,
    ...subjectFlags,
    string('clusterrole', 'Cluster role to bind to.', { required: true }),
  ],
  async run(call) {
    const roleRef = { apiGroup: group, kind: 'ClusterRole', name: call.flags.string('clusterrole') }
    await createBinding(call, { kind: 'ClusterRoleBinding', name: nameOf(call), roleRef })
  },
}

async function createBinding(
  call: Call,
  {
    kind,
    name,
    roleRef,
  }: { readonly kind: string; readonly name: string; readonly roleRef: object },
): Promise<void> {
  const subjects = subjectsOf(call)
  await createGenerated(call, {
    kind,
    apiVersion: `${group}/v1`,
    metadata: { name },
    ...(subjects.length > 0 && { subjects }),
    roleRef,
  })
}

function subjectsOf({ flags }: Call): readonly object[] {
  const named = (kind: string, flag: string) =>
    flags.strings(flag).map((name) => ({ kind, apiGroup: group, name }))
  return [
    ...named('User', 'user'),
    ...named('Group', 'group'),
    ...flags.strings('serviceaccount').map(accountSubject),
  ]
}

function accountSubject(text: string): object {
  const [namespace = '', name = '', more] = text.split(':')
  if (namespace === '' || name === '' || more !== undefined) {
    throw new CommandError('serviceaccount must be <namespace>:<name>')
  }
  return { kind: 'ServiceAccount', name, namespace }
}
