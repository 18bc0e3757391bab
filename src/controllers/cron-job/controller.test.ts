import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CronJobSpec } from '#api/batch/v1.gen.ts'
import { cronjobs, jobs } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { cronJobController } from './controller.ts'

const timeout = 10_000
const minuteMs = 60_000

async function make(spec: Partial<CronJobSpec> = {}) {
  const bench = await runControllers([cronJobController])
  const cronJobs = bench.client.in(cronjobs, 'default')
  await cronJobs.create({
    metadata: { name: 'c', namespace: 'default' },
    spec: {
      schedule: '*/10 * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Allow',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
      ...spec,
    },
  })
  await bench.settle()
  const jobClient = bench.client.in(jobs, 'default')
  const names = async () => [...(await bench.all(jobs)).keys()].map((key) => key.slice(8))
  const end = async (name: string, type: string) => {
    const job = await jobClient.get(name)
    const completionTime = new Date(bench.clock.nowMs()).toISOString()
    const status = { conditions: [{ type, status: 'True' }], completionTime }
    await jobClient.update({ ...job, status }, { subresource: 'status' })
    await bench.settle()
  }
  const endAll = async (type: string) => {
    for (const [key, job] of await bench.all(jobs)) {
      if (job.status?.conditions === undefined) await end(key.slice(8), type)
    }
  }
  const status = async () => (await cronJobs.get('c')).status
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    cronJobs,
    jobClient,
    names,
    end,
    endAll,
    status,
    [Symbol.asyncDispose]: dispose,
  }
}

const at = (minutes: number) => `c-${Date.UTC(2030, 0, 1) / minuteMs + minutes}`

test('a Job is started when its time comes, under the name of that time', { timeout }, async () => {
  await using bench = await make()
  await bench.clock.advance(9 * minuteMs)
  assert.deepEqual(await bench.names(), [])
  await bench.clock.advance(minuteMs)
  assert.deepEqual(await bench.names(), [at(10)])
  const job = await bench.jobClient.get(at(10))
  assert.deepEqual(job.metadata.labels, { a: 'b' })
  assert.deepEqual(job.metadata.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2030-01-01T00:10:00Z',
  })
  assert.equal(job.metadata.ownerReferences?.[0]?.kind, 'CronJob')
  const status = await bench.status()
  assert.equal(status?.lastScheduleTime, '2030-01-01T00:10:00Z')
  assert.deepEqual(
    status?.active?.map(({ name }) => name),
    [at(10)],
  )
  await bench.end(at(10), 'Complete')
  assert.deepEqual((await bench.status())?.active, [])
  assert.ok((await bench.status())?.lastSuccessfulTime?.startsWith('2030-01-01T00:10:00'))
  assert.deepEqual(bench.errors, [])
})

const policies = [
  { concurrencyPolicy: 'Allow', names: [at(10), at(20)] },
  { concurrencyPolicy: 'Forbid', names: [at(10)] },
  { concurrencyPolicy: 'Replace', names: [at(20)] },
]
for (const { concurrencyPolicy, names } of policies) {
  test(`a Job that still runs, with ${concurrencyPolicy}`, { timeout }, async () => {
    await using bench = await make({ concurrencyPolicy })
    await bench.clock.advance(20 * minuteMs)
    assert.deepEqual(await bench.names(), names)
  })
}

test('with Forbid the missed start is made up for', { timeout }, async () => {
  await using bench = await make({ concurrencyPolicy: 'Forbid' })
  await bench.clock.advance(25 * minuteMs)
  await bench.end(at(10), 'Complete')
  assert.deepEqual(await bench.names(), [at(10), at(20)])
})

test('a start that is too late is not made up for', { timeout }, async () => {
  await using bench = await make({ concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 60 })
  await bench.clock.advance(25 * minuteMs)
  await bench.end(at(10), 'Complete')
  assert.deepEqual(await bench.names(), [at(10)])
})

test('old Jobs go', { timeout }, async () => {
  await using bench = await make({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 })
  for (const type of ['Complete', 'Failed', 'Complete', 'Complete']) {
    await bench.clock.advance(10 * minuteMs)
    await bench.endAll(type)
  }
  assert.deepEqual(await bench.names(), [at(30), at(40)])
})

test(
  'a suspended CronJob starts nothing; resumed it starts the newest missed time',
  { timeout },
  async () => {
    await using bench = await make({ suspend: true })
    await bench.clock.advance(35 * minuteMs)
    assert.deepEqual(await bench.names(), [])
    const current = await bench.cronJobs.get('c')
    await bench.cronJobs.update({ ...current, spec: { ...current.spec, suspend: false } })
    await bench.settle()
    assert.deepEqual(await bench.names(), [at(30)])
  },
)

test('a schedule or a zone that cannot be read is told', { timeout }, async () => {
  await using bench = await make({ schedule: 'now and then' })
  assert.match(bench.events[0] ?? '', /^Warning UnparseableSchedule unparseable schedule: "now and/)
  await using other = await make({ timeZone: 'Mars/Olympus' })
  assert.match(other.events[0] ?? '', /^Warning UnknownTimeZone invalid timeZone: "Mars\/Olympus"/)
})

test('a year of missed minutes is one Job and one warning', { timeout }, async () => {
  await using bench = await make({ schedule: '* * * * *', suspend: true })
  const current = await bench.cronJobs.get('c')
  const status = { lastScheduleTime: '2029-01-01T00:00:00Z' }
  const old = await bench.cronJobs.update({ ...current, status }, { subresource: 'status' })
  await bench.cronJobs.update({ ...old, spec: { ...old.spec, suspend: false } })
  await bench.settle()
  assert.deepEqual(await bench.names(), [at(0)])
  assert.ok(bench.events.some((event) => event.includes('TooManyMissedTimes')))
})
