import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureSysctl, sysctlPath, systemSysctl } from './sysctl.ts'

test('names become paths', () => {
  assert.equal(sysctlPath('net.ipv4.ip_forward'), 'net/ipv4/ip_forward')
  assert.equal(sysctlPath('net/ipv4/conf/eth0.1/forwarding'), 'net/ipv4/conf/eth0.1/forwarding')
  assert.equal(sysctlPath('net.ipv4.conf.eth0/1.forwarding'), 'net/ipv4/conf/eth0.1/forwarding')
})

test('a setting is written only when it differs', () => {
  const root = mkdtempSync(join(tmpdir(), 'sysctl-'))
  try {
    mkdirSync(join(root, 'net/ipv4'), { recursive: true })
    const file = join(root, 'net/ipv4/ip_forward')
    writeFileSync(file, '0\n')
    const sysctl = systemSysctl(root)
    assert.equal(sysctl.read('net.ipv4.ip_forward'), '0')
    assert.equal(ensureSysctl(sysctl, 'net.ipv4.ip_forward', '1'), true)
    assert.equal(readFileSync(file, 'utf8'), '1')
    assert.equal(ensureSysctl(sysctl, 'net.ipv4.ip_forward', '1'), false)
    assert.equal(sysctl.read('net.ipv4.none'), undefined)
  } finally {
    rmSync(root, { recursive: true })
  }
})
