import assert from 'node:assert/strict'
import test from 'node:test'
import type { Attributes } from '#apiserver/authorization/authorizer.ts'
import { impersonate } from './impersonate.ts'

const admin = { name: 'admin', groups: ['system:masters'] }

async function act(
  headers: readonly string[],
  refused = '',
): Promise<{ user: object; asked: string[] }> {
  const asked: string[] = []
  const authorize = ({ verb, resource }: Attributes): { allowed: boolean; reason: string } => {
    const what = `${resource?.group}/${resource?.resource}/${resource?.subresource}`
    asked.push(`${verb} ${what} ${resource?.namespace}:${resource?.name}`)
    return { allowed: resource?.name !== refused, reason: '' }
  }
  return { user: await impersonate(admin, headers, { authorize }), asked }
}

test('nobody is claimed', async () => {
  assert.deepEqual((await act(['Accept', 'x'])).user, admin)
})

test('a user belongs to the authenticated', async () => {
  const { user, asked } = await act(['Impersonate-User', 'alice'])
  assert.deepEqual(user, { name: 'alice', groups: ['system:authenticated'] })
  assert.deepEqual(asked, ['impersonate /users/ :alice'])
})

test('groups, uid and extra are asked for one by one', async () => {
  const groups = ['Impersonate-Group', 'a,b', 'Impersonate-Group', 'c']
  const more = ['Impersonate-Uid', '7', 'Impersonate-Extra-Acme.com%2Fproject', 'p1']
  const { user, asked } = await act(['Impersonate-User', 'alice', ...groups, ...more])
  assert.deepEqual(user, {
    name: 'alice',
    groups: ['a,b', 'c', 'system:authenticated'],
    uid: '7',
    extra: { 'acme.com/project': ['p1'] },
  })
  assert.deepEqual(asked.slice(1), [
    'impersonate /groups/ :a,b',
    'impersonate /groups/ :c',
    'impersonate authentication.k8s.io/userextras/acme.com/project :p1',
    'impersonate authentication.k8s.io/uids/ :7',
  ])
})

test('a service account brings its groups', async () => {
  const { user, asked } = await act(['Impersonate-User', 'system:serviceaccount:ns:sa'])
  assert.deepEqual(user, {
    name: 'system:serviceaccount:ns:sa',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  })
  assert.deepEqual(asked, ['impersonate /serviceaccounts/ ns:sa'])
})

test('the anonymous are unauthenticated', async () => {
  const { user } = await act(['Impersonate-User', 'system:anonymous'])
  assert.deepEqual(user, { name: 'system:anonymous', groups: ['system:unauthenticated'] })
})

test('who may not is told so', async () => {
  await assert.rejects(act(['Impersonate-User', 'alice'], 'alice'), {
    message:
      'users "alice" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the cluster scope',
  })
})

test('groups without a user are refused', async () => {
  await assert.rejects(act(['Impersonate-Group', 'x']), /without impersonating a user/)
})
