import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mount, parseMountInfo, readMounts, unmount } from './mounts.ts'
import { CommandError } from './run.ts'
import type { Run } from './run.ts'

test('a line of mountinfo, with escapes and optional fields', () => {
  const text =
    '36 35 98:0 /mnt1 /var/a\\040b rw,noatime shared:2 master:1 - ext4 /dev/root rw,errors=continue\n' +
    '40 36 0:5 / /proc rw - proc proc rw\n'
  assert.deepEqual(parseMountInfo(text), [
    {
      id: 36,
      parentId: 35,
      device: '98:0',
      root: '/mnt1',
      mountPoint: '/var/a b',
      options: ['rw', 'noatime'],
      propagation: ['shared:2', 'master:1'],
      fsType: 'ext4',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    },
    {
      id: 40,
      parentId: 36,
      device: '0:5',
      root: '/',
      mountPoint: '/proc',
      options: ['rw'],
      propagation: [],
      fsType: 'proc',
      source: 'proc',
      superOptions: ['rw'],
    },
  ])
})

test('this machine has a root and a /proc', () => {
  const points = readMounts().map((mounted) => mounted.mountPoint)
  assert.ok(points.includes('/'))
  assert.ok(points.includes('/proc'))
})

function recorder(): { run: Run; calls: string[] } {
  const calls: string[] = []
  const run: Run = async (program, args) => {
    calls.push([program, ...args].join(' '))
    return ''
  }
  return { run, calls }
}

test('mounting', async () => {
  const { run, calls } = recorder()
  await mount(run, { source: 'tmpfs', target: '/a', fsType: 'tmpfs', options: ['size=1m'] })
  await mount(run, { source: '/s', target: '/b', options: ['bind'] })
  await mount(run, { source: '/s', target: '/c', options: ['bind', 'ro'] })
  assert.deepEqual(calls, [
    'mount -t tmpfs -o size=1m -- tmpfs /a',
    'mount -o bind -- /s /b',
    'mount -o bind -- /s /c',
    'mount -o remount,bind,ro -- /c',
  ])
})

test('unmounting what is not mounted is no error; any other failure is', async () => {
  const fails = (stderr: string): Run => {
    return () => Promise.reject(new CommandError('umount /a', 'exit status 32', { stderr }))
  }
  await unmount(fails('umount: /a: not mounted.'), '/a')
  await unmount(fails('umount: /a: no mount point specified.'), '/a')
  await assert.rejects(unmount(fails('umount: /a: target is busy.'), '/a'), /target is busy/)
})
