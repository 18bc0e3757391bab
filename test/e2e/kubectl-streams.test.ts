/** bin/kubectl against the real cluster: terminals, attached pods, copies, forwarded ports, debugging. */
import assert from 'node:assert/strict'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, suite, test } from 'node:test'
import { environment, startCluster, type TestCluster } from './cluster.ts'
import { Background, eventually, run, type Result } from './kubectl.ts'

const kubectl = fileURLToPath(new URL('../../bin/kubectl', import.meta.url))
const limit = { timeout: 60_000 }

/** Drives a command in a pseudo terminal of 100 × 30: types, resizes, prints what it shows. */
const driver = String.raw`
import fcntl, json, os, pty, select, struct, sys, termios, time
steps = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
def size(columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(100, 30)
shown = b''
deadline = time.time() + 40
while time.time() < deadline:
    if steps and steps[0][0].encode() in shown:
        _, action = steps.pop(0)
        shown_before, shown = shown, b''
        sys.stdout.buffer.write(shown_before)
        if isinstance(action, list): size(*action)
        else: os.write(fd, action.encode())
    ready, _, _ = select.select([fd], [], [], 0.2)
    if not ready: continue
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    shown += data
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

/** When the first has been shown, the second is typed, or is the new size. */
type Step = readonly [shown: string, typed: string | readonly [columns: number, rows: number]]

suite('kubectl streams', () => {
  let cluster: TestCluster
  const ns = `kubectl-streams-${process.pid}`
  const folder = mkdtempSync('/tmp/kubectl-streams-')

  const ours = (args: readonly string[], input = ''): Promise<Result> =>
    run(kubectl, ['-n', ns, ...args], { env: environment, input })
  const inTerminal = (args: readonly string[], steps: readonly Step[]): Promise<Result> =>
    run('python3', ['-c', driver, JSON.stringify(steps), kubectl, '-n', ns, ...args], {
      env: environment,
    })
  const background = (args: readonly string[]): Background =>
    new Background(kubectl, ['-n', ns, ...args], environment)

  before(async () => {
    cluster = await startCluster()
    await cluster.ok(`create namespace ${ns}`)
    await cluster.ok(`-n ${ns} run web --image=nginx --port=80`)
    await cluster.ok(`-n ${ns} run box --image=busybox -- sleep 3600`)
    const pair = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pair' },
      spec: {
        containers: ['a', 'b'].map((name) => ({
          name,
          image: 'busybox',
          command: ['sh', '-c', `for i in 1 2 3; do echo ${name} $i; done; sleep 3600`],
        })),
      },
    }
    await cluster.ok(['-n', ns, 'create', '-f', '-'], { input: JSON.stringify(pair) })
    await cluster.ok(`-n ${ns} wait --for=condition=Ready pod/web pod/box pod/pair --timeout=60s`, {
      timeoutMs: 70_000,
    })
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await cluster.kubectl(`delete namespace ${ns} --timeout=60s`, { timeoutMs: 70_000 })
  })

  test('exec: output, errors, input, exit code', limit, async () => {
    const script = 'cat; echo err >&2; exit 7'
    const result = await ours(['exec', '-i', 'box', '--', 'sh', '-c', script], 'in\n')
    assert.deepEqual(result, {
      code: 7,
      stdout: 'in\n',
      stderr: 'err\ncommand terminated with exit code 7\n',
    })
  })

  test('exec -it: a terminal with our size, resized, interrupted by Ctrl-C', limit, async () => {
    const result = await inTerminal(
      ['exec', '-it', 'box', '--', 'sh'],
      [
        ['# ', 'stty size\n'],
        ['30 100', [120, 40]],
        ['# ', 'sleep 1; stty size\n'],
        // It says that it runs: before, the interrupt would meet the shell.
        ['40 120', `sh -c 'echo be""gun; sleep 100'; echo slept $?\n`],
        ['begun', '\x03'],
        ['# ', 'exit 5\n'],
      ],
    )
    assert.equal(result.code, 5, result.stdout)
    assert.doesNotMatch(result.stdout, /slept 0/)
    assert.doesNotMatch(result.stdout, /\r\r\n/)
  })

  test('run -it --rm is a session that ends with its exit code', limit, async () => {
    const result = await inTerminal(
      ['run', 'shell', '-it', '--rm', '--image=busybox', '--restart=Never', '--', 'sh'],
      [
        ['try pressing enter', '\n'],
        ['# ', 'echo in $((40+2))\n'],
        ['in 42', 'exit 3\n'],
      ],
    )
    assert.equal(result.code, 3, result.stdout)
    assert.match(result.stdout, /pod "shell" deleted from .* namespace/)
    assert.match(result.stdout, /terminated \(Error\)/)
    const gone = await ours(['get', 'pod', 'shell', '-o', 'jsonpath={.metadata.deletionTimestamp}'])
    assert.ok(gone.code === 1 || gone.stdout !== '')
  })

  test('attach joins what runs, and leaves it by the detach keys', limit, async () => {
    await cluster.ok([
      '-n',
      ns,
      'run',
      'tty',
      '--image=busybox',
      '-i',
      '-t',
      '--leave-stdin-open',
      '--attach=false',
      '--',
      'sh',
    ])
    await cluster.ok(`-n ${ns} wait --for=condition=Ready pod/tty --timeout=30s`)
    const result = await inTerminal(
      ['attach', '-it', 'tty'],
      [
        ['try pressing enter', '\n'],
        ['# ', 'echo in $((40+2))\n'],
        ['in 42', '\x10\x11'],
      ],
    )
    assert.equal(result.code, 0, result.stdout)
    assert.match(result.stdout, /Session ended, resume using 'kubectl attach tty -c tty/)
    const { stdout } = await ours(['get', 'pod', 'tty', '-o', 'jsonpath={.status.phase}'])
    assert.equal(stdout, 'Running')
  })

  test('cp: a tree with links there and back', limit, async () => {
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'sub'), { recursive: true })
    const bytes = Buffer.alloc(2_000_000, 'k8ts ')
    writeFileSync(join(tree, 'sub/large'), bytes)
    writeFileSync(join(tree, 'run'), '#!/bin/sh\necho ran\n', { mode: 0o755 })
    symlinkSync('run', join(tree, 'link'))
    const there = await ours(['cp', tree, 'box:/tmp/tree'])
    assert.deepEqual(there, { code: 0, stdout: '', stderr: '' })
    const { stdout } = await ours(['exec', 'box', '--', '/tmp/tree/link'])
    assert.equal(stdout, 'ran\n')
    const back = await ours(['cp', 'box:/tmp/tree', join(folder, 'back')])
    assert.equal(back.code, 0, back.stderr)
    assert.match(back.stderr, /warning: skipping symlink: ".*link" -> "run"/)
    assert.ok(readFileSync(join(folder, 'back/sub/large')).equals(bytes))
    assert.throws(() => lstatSync(join(folder, 'back/link')))
  })

  test('port-forward: a hundred connections at once', limit, async () => {
    await using forward = background(['port-forward', 'pod/web', ':80'])
    const port = await eventually(
      'the port',
      () => /127\.0\.0\.1:(\d+) -> 80/.exec(forward.stdout)?.[1],
    )
    const pages = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const signal = AbortSignal.timeout(30_000)
        const headers = { connection: 'close' }
        return (await fetch(`http://127.0.0.1:${port}`, { signal, headers })).text()
      }),
    )
    for (const page of pages) assert.match(page, /Welcome to nginx!/)
    forward.child.kill('SIGINT')
    await eventually('the end', () => forward.child.exitCode !== null)
    assert.equal(forward.child.exitCode, 0)
    assert.equal(forward.stderr, '')
  })

  test('logs of all containers, each line with where it is from', limit, async () => {
    const { stdout } = await ours(['logs', 'pair', '--all-containers', '--prefix'])
    const lines = ['a', 'b'].flatMap((name) =>
      [1, 2, 3].map((at) => `[pod/pair/${name}] ${name} ${at}`),
    )
    assert.deepEqual(stdout.trimEnd().split('\n').toSorted(), lines)
    await using following = background(['logs', '-f', 'pair', '--all-containers', '--prefix'])
    await eventually('six lines', () => following.stdout.split('\n').length === 7)
  })

  test('debug: an ephemeral container in a pod', limit, async () => {
    const result = await inTerminal(
      ['debug', 'box', '-it', '--image=busybox', '-c', 'dbg', '--target=box', '--', 'sh'],
      [
        ['try pressing enter', '\n'],
        ['# ', 'ps | grep -c "sleep 360[0]"\n'],
        ['1', 'exit\n'],
      ],
    )
    assert.equal(result.code, 0, result.stdout)
    assert.match(result.stdout, /Session ended, the ephemeral container will not be restarted/)
  })

  test('debug: a copy of a pod, and a pod on the node', limit, async () => {
    const argv = ['debug', 'pair', '--copy-to=copy', '--set-image=*=busybox', '--same-node']
    assert.equal((await ours(argv)).code, 0)
    const { stdout: node } = await ours(['get', 'node', '-o', 'jsonpath={.items[0].metadata.name}'])
    const onNode = await ours(['debug', `node/${node}`, '--image=busybox', '--', 'ls', '/host'])
    assert.equal(onNode.code, 0, onNode.stderr)
    const [, name = ''] = /Creating debugging pod (\S+) /.exec(onNode.stdout) ?? []
    const succeeded = '--for=jsonpath={.status.phase}=Succeeded'
    await cluster.ok(`-n ${ns} wait ${succeeded} pod/${name} --timeout=30s`)
    assert.match((await ours(['logs', name])).stdout, /^etc$/m)
    await cluster.ok(`-n ${ns} wait --for=condition=Ready pod/copy --timeout=30s`)
  })
})
