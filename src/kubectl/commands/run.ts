/**
 * `kubectl run`. Upstream: kubectl pkg/cmd/run/run.go. With `--replicas`, which upstream dropped in 1.18 and
 * the book uses, it makes a Deployment.
 */
import { array, bool, duration, int, string } from '#kubectl/command-line/flag.ts'
import {
  deletionFlags,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { labelsOf, overridden } from '#kubectl/generators/overrides.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { createObject } from '#kubectl/objects/write.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  about: `Create and run a particular image in a pod.

 With --replicas a deployment is made instead of a pod.`,
  examples: [
    ['Start a pod', 'kubectl run nginx --image=nginx'],
    ['Start a deployment', 'kubectl run nginx --image=nginx --replicas=2 --port=80'],
    ['Look at what would be created', 'kubectl run nginx --image=nginx --dry-run=client -o yaml'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to run'),
    ...deletionFlags,
    dryRunFlag,
    fieldManagerFlag('kubectl-run'),
    saveConfigFlag,
    array('annotations', 'Annotations of the pod, KEY=VALUE; may be repeated.'),
    bool('attach', 'Wait for the pod and attach to it.'),
    bool('command', 'What follows the name is the command instead of its arguments.'),
    string('detach-keys', 'Keys that leave an attached container.', { default: 'ctrl-p,ctrl-q' }),
    array('env', 'Environment variables of the container, KEY=VALUE; may be repeated.'),
    bool('expose', 'Also create a ClusterIP service for --port.'),
    string('image', 'Image of the container.', { required: true }),
    string('image-pull-policy', 'When the image is pulled: Always, IfNotPresent, Never.'),
    string('labels', 'Labels of the pod, KEY=VALUE,…', { short: 'l' }),
    bool('leave-stdin-open', 'Keep standard input open after the first client is gone.'),
    string('override-type', 'How --overrides is merged: json, merge, or strategic.', {
      default: 'merge',
    }),
    string('overrides', 'JSON that overrides the generated object.'),
    duration('pod-running-timeout', 'How long to wait until a pod runs.', { default: '1m0s' }),
    string('port', 'Port that the container exposes.'),
    bool('privileged', 'Run the container in privileged mode.'),
    bool('quiet', 'Do not print prompts.', { short: 'q' }),
    // Dropped upstream in 1.18; the book uses it.
    int('replicas', 'Make a deployment with as many replicas.', { default: 1, hidden: true }),
    string('restart', 'Restart policy: Always, OnFailure, Never.', { default: 'Always' }),
    bool('rm', 'Delete the pod after an attached session.'),
    bool('stdin', 'Keep standard input open, even when nothing is attached.', { short: 'i' }),
    bool('tty', 'Give the container a terminal.', { short: 't' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const [name] = args
  if (name === undefined || call.argsBeforeDash === 0) {
    throw new UsageError('NAME is required for run')
  }
  const dryRun = await dryRunOf(call)
  validate(call)
  if (flags.bool('attach') || flags.bool('stdin') || flags.bool('tty') || flags.bool('rm')) {
    if (dryRun === 'none' && !(flags.given('attach') && !flags.bool('attach'))) {
      throw new CommandError(
        'attaching to a new pod is not supported by this kubectl yet: use --attach=false',
      )
    }
  }
  const printer = await resultPrinter(call, 'created', dryRun)
  if (flags.bool('expose')) {
    await create(call, serviceOf(call, name), { dryRun, printer })
    if (flags.string('output') === 'yaml') call.io.stdout('---\n')
  }
  const workload = flags.given('replicas') ? deploymentOf(call, name) : podOf(call, name)
  await create(call, await overridden(call, workload), { dryRun, printer })
}

/** Upstream: distribution/reference, regexp.go. */
const imageReference =
  /^(?:(?:[a-zA-Z0-9.-]+|\[[\da-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w+.-]*:[\da-fA-F]{32,})?$/

const restartPolicies = ['Always', 'OnFailure', 'Never']

function validate({ flags }: Call): void {
  const image = flags.string('image')
  if (!imageReference.test(image)) {
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`)
  }
  if (flags.bool('tty') && !flags.bool('stdin')) {
    throw new CommandError('-i/--stdin is required for containers with -t/--tty=true')
  }
  if (flags.bool('expose') && flags.string('port') === '') {
    throw new UsageError('--port must be set when exposing a service')
  }
  const restart = flags.string('restart')
  if (!restartPolicies.includes(restart)) {
    throw new UsageError(`invalid restart policy: ${restart}`)
  }
  const pull = flags.string('image-pull-policy')
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pull)) {
    throw new CommandError(`invalid image pull policy: ${pull}`)
  }
}

function labelsFor({ flags }: Call, name: string): Record<string, string> {
  const given = flags.string('labels')
  return given === '' ? { run: name } : labelsOf(given)
}

function containerOf({ flags, args }: Call, name: string): object {
  const words = args.slice(1)
  const port = flags.string('port')
  const pull = flags.string('image-pull-policy')
  const env = flags.strings('env').map(envOf)
  return {
    name,
    image: flags.string('image'),
    ...(words.length > 0 && { [flags.bool('command') ? 'command' : 'args']: words }),
    ...(port !== '' && { ports: [{ containerPort: portNumber(port) }] }),
    ...(env.length > 0 && { env }),
    resources: {},
    ...(pull !== '' && { imagePullPolicy: pull }),
    ...(flags.bool('privileged') && { securityContext: { privileged: true } }),
    ...(flags.bool('stdin') && { stdin: true }),
    ...(flags.bool('stdin') && !flags.bool('leave-stdin-open') && { stdinOnce: true }),
    ...(flags.bool('tty') && { tty: true }),
  }
}

function envOf(pair: string): object {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new CommandError(`invalid env: ${pair}`)
  const value = pair.slice(equals + 1)
  return { name: pair.slice(0, equals), ...(value !== '' && { value }) }
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return Number(text)
}

function podOf(call: Call, name: string): KubeObject {
  const annotations = call.flags.strings('annotations').map((pair) => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const
  })
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      labels: labelsFor(call, name),
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    },
    spec: {
      containers: [containerOf(call, name)],
      restartPolicy: call.flags.string('restart'),
      dnsPolicy: 'ClusterFirst',
    },
    status: {},
  }
}

function deploymentOf(call: Call, name: string): KubeObject {
  const labels = labelsFor(call, name)
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name, labels },
    spec: {
      replicas: call.flags.int('replicas'),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [containerOf(call, name)] } },
      strategy: {},
    },
    status: {},
  }
}

function serviceOf(call: Call, name: string): KubeObject {
  const port = portNumber(call.flags.string('port'))
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name },
    spec: {
      ports: [{ protocol: 'TCP', port, targetPort: port }],
      selector: labelsFor(call, name),
    },
    status: { loadBalancer: {} },
  }
}

async function create(
  call: Call,
  object: KubeObject,
  { dryRun, printer }: { readonly dryRun: DryRun; readonly printer: Printer },
): Promise<void> {
  const { flags, io, factory } = call
  const { namespace, namespaceIsExplicit } = await factory.namespace()
  const placed = namespaceIsExplicit
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object
  const full = flags.bool('save-config') ? withLastApplied(placed) : withLastAppliedIfThere(placed)
  if (dryRun === 'client') return io.stdout(printer.print(full, 'given'))
  const mapping = localMapping(object.apiVersion ?? '', object.kind ?? '')
  const options = { dryRun, fieldManager: flags.string('field-manager') }
  io.stdout(printer.print(await createObject(call, { mapping, namespace }, full, options)))
}
