/** What streams through API server and kubelet: logs, exec, attach, port-forward, cp. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { environment, home, startCluster, type TestCluster } from './cluster.ts'
import { eventually, run } from './kubectl.ts'

suite('streams', () => {
  let cluster: TestCluster
  const ns = `streams-${process.pid}`

  before(async () => {
    cluster = await startCluster()
    await cluster.ok(`create namespace ${ns}`)
    await cluster.ok(`-n ${ns} run web --image=nginx --port=80`)
    await cluster.ok([
      '-n',
      ns,
      'run',
      'ticker',
      '--image=busybox',
      '--',
      'sh',
      '-c',
      'i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.2; done',
    ])
    await cluster.ok(`-n ${ns} wait --for=condition=Ready pod/web pod/ticker --timeout=60s`, {
      timeoutMs: 70_000,
    })
  })
  after(async () => {
    await cluster.kubectl(`delete namespace ${ns} --timeout=90s`, { timeoutMs: 100_000 })
  })

  test('logs -f follows, --tail and --previous are obeyed', async () => {
    await using following = cluster.background(['-n', ns, 'logs', '-f', 'ticker', '--tail=1'])
    await eventually('five more lines', () => following.stdout.split('\n').length > 5)
    const numbers = [...following.stdout.matchAll(/^tick (\d+)$/gm)].map((match) =>
      Number(match[1]),
    )
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
      'no line is missing',
    )
    const previous = await cluster.kubectl(`-n ${ns} logs --previous ticker`)
    assert.equal(previous.code, 1)
    assert.match(
      previous.stderr,
      /previous terminated container "ticker" in pod "ticker" not found/,
    )
  })

  for (const [name, webSockets] of [
    ['WebSocket', 'true'],
    ['SPDY', 'false'],
  ] as const) {
    const env = {
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets,
    }

    test(`exec over ${name}: output, input, exit code`, async () => {
      const hello = await cluster.kubectl(
        ['-n', ns, 'exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'],
        { env },
      )
      assert.deepEqual([hello.stdout, hello.code], ['out\n', 7])
      assert.equal(hello.stderr, 'err\ncommand terminated with exit code 7\n')
      const echo = await cluster.ok(['-n', ns, 'exec', '-i', 'web', '--', 'cat'], {
        env,
        input: 'a\nb\n',
      })
      assert.equal(echo, 'a\nb\n')
    })

    test(`exec -it over ${name} has a terminal`, async () => {
      const line = [
        cluster.kubectlPath,
        '-n',
        ns,
        'exec',
        '-it',
        'web',
        '--',
        'sh',
        '-c',
        'test -t 0 && echo it is a terminal',
      ]
        .map((word) => `'${word}'`)
        .join(' ')
      const { stdout } = await run('script', ['-qec', line, '/dev/null'], {
        env: { ...env, ...environment },
      })
      assert.match(stdout, /it is a terminal/)
    })

    test(`port-forward over ${name}`, async () => {
      await using forward = cluster.background(['-n', ns, 'port-forward', 'pod/web', ':80'])
      const port = await eventually(
        'the port',
        () => /127\.0\.0\.1:(\d+)/.exec(forward.stdout)?.[1],
      )
      const pages = await Promise.all(
        Array.from({ length: 10 }, async () =>
          (await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(10_000) })).text(),
        ),
      )
      for (const page of pages) assert.match(page, /Welcome to nginx!/)
    })
  }

  test('cp both ways keeps the bytes', async () => {
    const folder = join(home, 'cp')
    mkdirSync(folder, { recursive: true })
    const bytes = Buffer.alloc(300_000, 'k8ts ')
    writeFileSync(join(folder, 'there'), bytes)
    await cluster.ok(['-n', ns, 'cp', join(folder, 'there'), 'web:/tmp/there'])
    await cluster.ok(['-n', ns, 'cp', 'web:/tmp/there', join(folder, 'back')])
    assert.ok(readFileSync(join(folder, 'back')).equals(bytes))
  })
})
