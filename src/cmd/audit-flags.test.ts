import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { parseTarget } from '#apiserver/http/target.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { auditFlags, openAudit } from './audit-flags.ts'
import { parseFlags } from './flags.ts'

const folder = await mkdtemp(join(tmpdir(), 'k8ts-audit-flags-'))
after(() => rm(folder, { recursive: true }))
const policy = join(folder, 'policy.yaml')
await writeFile(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n')

const printed: string[] = []
const world = {
  clock: new FakeClock(),
  random: () => 0,
  log: silentLogger,
  stdout: (text: string) => printed.push(text),
}
const open = (...argv: string[]) => openAudit(parseFlags(auditFlags, argv), world)
const request = {
  auditId: 'id',
  requestUri: '/version',
  info: parseTarget('GET', '/version').info,
  user: { name: 'jane', groups: [] },
  sourceIps: [],
  userAgent: undefined,
}

test('nothing is opened without a policy, or without a place to write', async () => {
  assert.equal(await open(), undefined)
  assert.equal(await open('--audit-log-path=-'), undefined)
  assert.equal(await open(`--audit-policy-file=${policy}`), undefined)
})

test('a log in batches keeps what waits when it ends', async () => {
  const path = join(folder, 'batch.log')
  const flags = ['--audit-log-mode=batch', '--audit-log-batch-max-size=10']
  const where = [`--audit-policy-file=${policy}`, `--audit-log-path=${path}`]
  {
    await using audit = await open(...where, ...flags, '--audit-log-batch-max-wait=1h')
    const auditor = audit?.auditor(new MetricRegistry())
    auditor?.begin(request)
    auditor?.begin(request)
    assert.equal(await readFile(path, 'utf8'), '')
  }
  assert.equal((await readFile(path, 'utf8')).trimEnd().split('\n').length, 2)
})

test('events go to the file, or to standard output', async () => {
  const path = join(folder, 'audit.log')
  for (const where of [path, '-']) {
    await using audit = await open(`--audit-policy-file=${policy}`, `--audit-log-path=${where}`)
    audit?.auditor(new MetricRegistry()).begin(request)
  }
  const line = await readFile(path, 'utf8')
  assert.equal(JSON.parse(line).auditID, 'id')
  assert.equal(printed.join(''), line)
})

const refused = [
  { argv: ['--audit-log-format=xml'], says: /invalid audit log format xml/ },
  { argv: ['--audit-log-mode=lazy'], says: /invalid audit log mode lazy/ },
  { argv: ['--audit-log-maxage=-1'], says: /--audit-log-maxage can't be a negative number/ },
  {
    argv: ['--audit-log-truncate-enabled', '--audit-log-truncate-max-event-size=0'],
    says: /max event size 0, must be a positive number/,
  },
  {
    argv: ['--audit-log-truncate-enabled', '--audit-log-truncate-max-batch-size=1'],
    says: /max batch size 1, must be greater than max event size/,
  },
  {
    argv: ['--audit-webhook-mode=odd'],
    says: /invalid audit webhook mode odd, allowed modes are "batch/,
  },
  {
    argv: ['--audit-webhook-batch-max-size=0'],
    says: /invalid audit batch webhook max batch size 0, must be a positive number/,
  },
  {
    argv: ['--audit-webhook-batch-throttle-qps=0'],
    says: /invalid audit batch webhook throttle QPS 0, must be a positive number/,
  },
  {
    argv: ['--audit-log-mode=batch', '--audit-log-batch-buffer-size=0'],
    says: /invalid audit batch log buffer size 0, must be a positive number/,
  },
  {
    argv: ['--audit-webhook-version=audit.k8s.io/v1beta1'],
    says: /invalid group version, allowed versions are \["audit.k8s.io\/v1"\]/,
  },
  {
    argv: [`--audit-policy-file=${policy}`, '--audit-webhook-config-file=/nowhere'],
    says: /--audit-webhook-config-file: ENOENT/,
  },
  {
    argv: ['--audit-policy-file=/nowhere', '--audit-log-path=-'],
    says: /loading audit policy file: failed to read file path "\/nowhere": ENOENT/,
  },
]

for (const { argv, says } of refused) {
  test(`${argv.join(' ')} is refused`, async () => {
    await assert.rejects(open(...argv), { name: 'UserError', message: says })
  })
}
