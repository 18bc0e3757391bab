/** `kubectl set subject`. Upstream: kubectl pkg/cmd/set/set_subject.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { array } from '#kubectl/command-line/flag.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { changeAll, setFlags, settableObjects, settingOf } from '#kubectl/set/change.ts'

export const command: Command = {
  use: 'set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  about: 'Update the user, group, or service account in a role binding or cluster role binding.',
  examples: [
    [
      'Add a service account',
      'kubectl set subject clusterrolebinding admin --serviceaccount=shop:builder',
    ],
    [
      'Add two users and a group',
      'kubectl set subject rolebinding admin --user=user1 --user=user2 --group=group1',
    ],
  ],
  flags: [
    ...setFlags,
    selectorFlag,
    array('group', 'Groups to bind to the role.'),
    array('serviceaccount', 'Service accounts to bind to the role, NAMESPACE:NAME.'),
    array('user', 'Users to bind to the role.'),
  ],
  run,
}

interface Subject {
  readonly kind: string
  readonly apiGroup?: string
  readonly name: string
  readonly namespace?: string
}

const bindings = ['RoleBinding', 'ClusterRoleBinding']

async function run(call: Call): Promise<void> {
  const setting = await settingOf(call, 'subjects updated')
  const infos = await settableObjects(call, call.args)
  validate(call, infos)
  const subjects = subjectsOf(call, (await call.factory.namespace()).namespace)
  await changeAll(call, {
    setting,
    infos,
    failure: 'failed to patch subjects to rolebinding: ',
    change(object) {
      if (!isBinding(object.apiVersion, object.kind)) {
        throw new CommandError(
          'setting subjects is only supported for RoleBinding/ClusterRoleBinding',
        )
      }
      const before = (object['subjects'] ?? []) as readonly Subject[]
      const added = subjects.filter((subject) => !before.some((one) => equalJson(one, subject)))
      object['subjects'] = [...before, ...added]
      return added.length > 0
    },
  })
}

function isBinding(apiVersion = '', kind = ''): boolean {
  return apiVersion === 'rbac.authorization.k8s.io/v1' && bindings.includes(kind)
}

function validate({ flags }: Call, infos: readonly Info[]): void {
  if (flags.bool('all') && flags.string('selector') !== '') {
    throw new CommandError('cannot set --all and --selector at the same time')
  }
  const accounts = flags.strings('serviceaccount')
  if (flags.strings('user').length + flags.strings('group').length + accounts.length === 0) {
    throw new CommandError('you must specify at least one value of user, group or serviceaccount')
  }
  const inCluster = infos.some(({ object }) => object.kind === 'ClusterRoleBinding')
  for (const account of accounts) {
    const [namespace, name, more] = account.split(':')
    if (name === undefined || name === '' || more !== undefined) {
      throw new CommandError('serviceaccount must be <namespace>:<name>')
    }
    if (namespace === '' && inCluster) {
      throw new CommandError(
        'serviceaccount must be <namespace>:<name>, namespace must be specified',
      )
    }
  }
}

function subjectsOf({ flags }: Call, ownNamespace: string): readonly Subject[] {
  const names = (flag: string): readonly string[] =>
    [...new Set(flags.strings(flag))].sort(compareBytes)
  const apiGroup = 'rbac.authorization.k8s.io'
  return [
    ...names('user').map((name) => ({ kind: 'User', apiGroup, name })),
    ...names('group').map((name) => ({ kind: 'Group', apiGroup, name })),
    ...names('serviceaccount').map((account) => {
      const [namespace = '', name = ''] = account.split(':')
      return {
        kind: 'ServiceAccount',
        name,
        namespace: namespace === '' ? ownNamespace : namespace,
      }
    }),
  ]
}
