import assert from 'node:assert/strict'
import test from 'node:test'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Attributes } from '#apiserver/authorization/authorizer.ts'
import { impersonate } from './impersonate.ts'

const admin = { name: 'admin', groups: ['dev'] }
const pods = {
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: '',
}

/** Grants what begins like one of `allowed`; tells what was asked. */
async function act(headers: readonly string[], allowed = [''], user: UserInfo = admin) {
  const asked: string[] = []
  const authorize = ({ verb, resource }: Attributes): { allowed: boolean; reason: string } => {
    const what = `${resource?.group}/${resource?.resource}/${resource?.subresource}`
    const question = `${verb} ${what} ${resource?.namespace}:${resource?.name}`
    asked.push(question)
    return { allowed: allowed.some((start) => question.startsWith(start)), reason: '' }
  }
  const acting = await impersonate(headers, { user, verb: 'list', resource: pods }, { authorize })
  return { user: acting, asked }
}

test('nobody is claimed', async () => {
  const { user, asked } = await act(['Accept', 'x', 'If-Match', 'y'])
  assert.equal(user, admin)
  assert.deepEqual(asked, [])
})

test('a user belongs to the authenticated', async () => {
  const { user, asked } = await act(['Impersonate-User', 'alice'])
  assert.deepEqual(user, { name: 'alice', groups: ['system:authenticated'] })
  assert.deepEqual(asked, [
    'impersonate-on:user-info:list /pods/ shop:',
    'impersonate:user-info authentication.k8s.io/users/ :alice',
  ])
})

const groups = ['Impersonate-Group', 'a,b', 'Impersonate-Group', 'c']
const more = ['Impersonate-Uid', '7', 'Impersonate-Extra-Acme.com%2Fproject', 'p1']

test('uid, groups and extra are asked for one by one', async () => {
  const { user, asked } = await act(['Impersonate-User', 'alice', ...groups, ...more])
  assert.deepEqual(user, {
    name: 'alice',
    groups: ['a,b', 'c', 'system:authenticated'],
    uid: '7',
    extra: { 'acme.com/project': ['p1'] },
  })
  assert.deepEqual(asked.slice(2), [
    'impersonate:user-info authentication.k8s.io/uids/ :7',
    'impersonate:user-info authentication.k8s.io/groups/ :a,b',
    'impersonate:user-info authentication.k8s.io/groups/ :c',
    'impersonate:user-info authentication.k8s.io/userextras/acme.com/project :p1',
  ])
})

test('the old right still suffices, with users and groups in the core group', async () => {
  const { user, asked } = await act(
    ['Impersonate-User', 'alice', ...groups, ...more],
    ['impersonate '],
  )
  assert.equal(user.name, 'alice')
  assert.deepEqual(asked, [
    'impersonate-on:user-info:list /pods/ shop:',
    'impersonate /users/ :alice',
    'impersonate authentication.k8s.io/uids/ :7',
    'impersonate /groups/ :a,b',
    'impersonate /groups/ :c',
    'impersonate authentication.k8s.io/userextras/acme.com/project :p1',
  ])
})

test('many groups are asked for at once, where that is granted', async () => {
  const many = ['a', 'b', 'c', 'd'].flatMap((name) => ['Impersonate-Group', name])
  const { asked } = await act(['Impersonate-User', 'x', ...many])
  assert.deepEqual(asked.slice(2), ['impersonate:user-info authentication.k8s.io/groups/ :*'])
})

test('a service account brings its groups', async () => {
  const name = 'system:serviceaccount:ns:sa'
  const { user, asked } = await act(['Impersonate-User', name])
  const own = ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated']
  assert.deepEqual(user, { name, groups: own })
  assert.deepEqual(asked, [
    'impersonate-on:serviceaccount:list /pods/ shop:',
    'impersonate:serviceaccount authentication.k8s.io/serviceaccounts/ ns:sa',
  ])
  const old = await act(['Impersonate-User', name, 'Impersonate-Group', 'g'])
  assert.deepEqual(old.user.groups, ['g', 'system:authenticated'])
  assert.deepEqual(old.asked, ['impersonate /serviceaccounts/ ns:sa', 'impersonate /groups/ :g'])
})

test('a node is one of the nodes; who runs on it needs less', async () => {
  const headers = ['Impersonate-User', 'system:node:n1']
  const any = await act(headers)
  const node = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
  assert.deepEqual(any.user, node)
  assert.deepEqual(any.asked, [
    'impersonate-on:arbitrary-node:list /pods/ shop:',
    'impersonate:arbitrary-node authentication.k8s.io/nodes/ :n1',
  ])
  const agent = {
    name: 'system:serviceaccount:kube-system:agent',
    groups: [],
    extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
  }
  const own = await act(headers, [''], agent)
  assert.deepEqual(own.user, node)
  assert.deepEqual(own.asked, [
    'impersonate-on:associated-node:list /pods/ shop:',
    'impersonate:associated-node authentication.k8s.io/nodes/ :*',
  ])
  const elsewhere = await act(['Impersonate-User', 'system:node:n2'], [''], agent)
  assert.match(elsewhere.asked[0] ?? '', /^impersonate-on:arbitrary-node/)
  const old = await act(headers, ['impersonate '])
  assert.deepEqual(old.user.groups, ['system:authenticated'])
})

test('the anonymous are unauthenticated', async () => {
  const { user } = await act(['Impersonate-User', 'system:anonymous'])
  assert.deepEqual(user, { name: 'system:anonymous', groups: ['system:unauthenticated'] })
})

test('masters, and extras of no form, are for the old right only', async () => {
  const masters = ['Impersonate-User', 'x', 'Impersonate-Group', 'system:masters']
  const constrained = ['impersonate-on', 'impersonate:']
  await assert.rejects(act(masters, constrained), {
    message:
      'groups.authentication.k8s.io "system:masters" is forbidden: impersonating the system:masters group is not allowed',
  })
  assert.equal((await act(masters)).user.name, 'x')
  await assert.rejects(
    act(['Impersonate-User', 'x', 'Impersonate-Extra-Scopes', 'a'], constrained),
    /impersonating an invalid key in extra is not allowed: extra\.key: Invalid value: "scopes"/,
  )
})

test('who may not is told so: the first objection', async () => {
  await assert.rejects(act(['Impersonate-User', 'alice'], ['none']), {
    message:
      'pods is forbidden: User "admin" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"',
  })
  await assert.rejects(act(['Impersonate-User', 'alice'], ['impersonate-on']), {
    message:
      'users.authentication.k8s.io "alice" is forbidden: User "admin" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  })
})

test('groups without a user are refused', async () => {
  await assert.rejects(act(['Impersonate-Group', 'x']), {
    message:
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"x"}, Extra:map[string][]string(nil)} without impersonating a user name',
    code: 400,
  })
})
