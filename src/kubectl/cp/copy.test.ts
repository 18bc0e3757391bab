/** cp with a real tar behind a kubelet that is a fake, and with archives that mean harm. */
import assert from 'node:assert/strict'
import { mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { packTar } from 'modern-tar'
import type { TarHeader } from 'modern-tar'
import { addRunningPod, startKubectlWorld } from '#testing/kubectl.ts'
import { unpack } from './unpack.ts'

const world = await startKubectlWorld()
after(() => world[Symbol.asyncDispose]())
await addRunningPod(world.transport, 'web')
const container = join(world.home, 'container')
const folder = await mkdtemp(join(tmpdir(), 'kubectl-cp-'))
after(() => rm(folder, { recursive: true }))

const limit = { timeout: 30_000 }

test('a tree from a container comes without its links', limit, async () => {
  await mkdir(join(container, 'tree/sub/empty'), { recursive: true })
  await writeFile(join(container, 'tree/one'), 'one')
  await writeFile(join(container, 'tree/sub/two'), Buffer.alloc(3_000_000, 'two'))
  await symlink('one', join(container, 'tree/link'))
  await symlink('/etc', join(container, 'tree/sub/etc'))
  const kubectl = world.start(['cp', 'web:tree', join(folder, 'tree')])
  assert.equal(await kubectl.code, 0)
  assert.deepEqual((await readdir(join(folder, 'tree'), { recursive: true })).toSorted(), [
    'one',
    'sub',
    'sub/empty',
    'sub/two',
  ])
  assert.equal(await readFile(join(folder, 'tree/one'), 'utf8'), 'one')
  assert.equal((await readFile(join(folder, 'tree/sub/two'))).length, 3_000_000)
  const [first, second] = kubectl.stderr.trimEnd().split('\n')
  assert.match(
    first ?? '',
    /^warning: skipping symlink: ".*" -> ".*" \(consider using "kubectl exec -n "" "web" -- tar cf - "tree" \| tar xf -"\)$/,
  )
  assert.match(second ?? '', /^warning: skipping symlink: "[^(]*$/)
})

test('one file, resumed where it may break', limit, async () => {
  await writeFile(join(container, 'file'), 'content')
  const kubectl = world.start(['cp', 'web:file', join(folder, 'file'), '--retries=3'])
  assert.equal(await kubectl.code, 0, kubectl.stderr)
  assert.equal(await readFile(join(folder, 'file'), 'utf8'), 'content')
})

test('a file that is not there fails as the container’s tar does', limit, async () => {
  const kubectl = world.start(['cp', 'web:nosuch', join(folder, 'nosuch')])
  assert.equal(await kubectl.code, 2)
  assert.match(kubectl.stdout, /nosuch: Cannot stat/)
})

test('a large file to a container', limit, async () => {
  const bytes = Buffer.alloc(20_000_000, 'k8ts ')
  await writeFile(join(folder, 'large'), bytes)
  const kubectl = world.start(['cp', join(folder, 'large'), 'web:large'])
  assert.equal(await kubectl.code, 0, kubectl.stderr)
  assert.ok((await readFile(join(container, 'large'))).equals(bytes))
})

/** Unpacks archives of `names`, asked for as `asked`; what was said and what is there. */
async function unpacked(asked: string, headers: readonly Partial<TarHeader>[]) {
  const destination = await mkdtemp(join(folder, 'to-'))
  const archive = await packTar(
    headers.map((header) => ({ header: { name: '', size: 0, ...header } })),
  )
  let said = ''
  const unpacking = { namespace: 'n', pod: 'p', source: asked, prefix: asked, destination }
  const io = { stderr: (text: string | Uint8Array) => void (said += String(text)) }
  await unpack([archive] as unknown as AsyncIterable<Uint8Array>, unpacking, io)
  return { said, there: await readdir(destination, { recursive: true }) }
}

test('names that lead out of the destination are skipped', limit, async () => {
  const names = ['a/../../../evil', 'a/good', 'a/../../evil'].map((name) => ({ name }))
  const { said, there } = await unpacked('a', names)
  assert.deepEqual(there, ['good'])
  assert.equal(said.match(/is outside target destination, skipping/g)?.length, 2)
})

test('names that were not asked for are refused', limit, async () => {
  await assert.rejects(unpacked('a', [{ name: 'b/evil' }]), { message: 'tar contents corrupted' })
})

test('a link is never made, so nothing is written through one', limit, async () => {
  const { said, there } = await unpacked('a', [
    { name: 'a/out', type: 'symlink', linkname: '/tmp' },
    { name: 'a/out/evil' },
  ])
  assert.match(said, /skipping symlink/)
  assert.deepEqual(there.toSorted(), ['out', 'out/evil'])
})
