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
import { StatusError } from '#api/meta/status.ts'
import { CommandError, ExitError, throwAll, UsageError } from '#kubectl/errors.ts'
import { isImage } from '#kubectl/generators/image.ts'
import { labelsOf, overridden } from '#kubectl/generators/overrides.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { deletedText } from '#kubectl/delete/text.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { createObject, deleteObject } from '#kubectl/objects/write.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import { checkPodRunningTimeout } from '#kubectl/pods/target.ts'
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
  checkPodRunningTimeout(call)
  validate(call)
  const attaches = flags.given('attach') ? flags.bool('attach') : flags.bool('stdin')
  validateAttaching(call, { attaches, dryRun })
  const printer = await resultPrinter(call, 'created', dryRun)
  const { made, errors } = await createAll(call, name, { dryRun, printer })
  if (attaches) await attachTo(call, made)
  else if (made[0] !== undefined) print(call, made[0], { dryRun, printer })
  throwAll(errors)
}

interface Printing {
  readonly dryRun: DryRun
  readonly printer: Printer
}

function print(call: Call, { object }: Info, { dryRun, printer }: Printing): void {
  call.io.stdout(printer.print(object, dryRun === 'client' ? 'given' : undefined))
}

function validateAttaching(
  { flags }: Call,
  { attaches, dryRun }: { readonly attaches: boolean; readonly dryRun: DryRun },
): void {
  if (!attaches && flags.bool('rm')) {
    throw new UsageError('--rm should only be used for attached containers')
  }
  if (attaches && dryRun !== 'none') {
    throw new UsageError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    )
  }
}

/** The workload and, with --expose, a service, which is printed at once. */
async function createAll(call: Call, name: string, printing: Printing) {
  const { dryRun } = printing
  const errors: unknown[] = []
  const workload = call.flags.given('replicas') ? deploymentOf(call, name) : podOf(call, name)
  const made = [await create(call, await overridden(call, workload), dryRun)]
  if (!call.flags.bool('expose')) return { made, errors }
  try {
    const service = await create(call, serviceOf(call, name), dryRun)
    made.push(service)
    print(call, service, printing)
    if (call.flags.string('output') === 'yaml') call.io.stdout('---\n')
  } catch (error) {
    errors.push(error)
  }
  return { made, errors }
}

/** With --rm, what was made is deleted however it ends, but not when the user interrupts. */
async function attachTo(call: Call, made: readonly Info[]): Promise<void> {
  const [workload] = made
  if (workload === undefined) return
  const { runAttached } = await import('#kubectl/run/attached.ts')
  const failure = await runAttached(call, workload).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const isInterrupted = failure?.error instanceof ExitError
  if (call.flags.bool('rm') && !isInterrupted) await removeAll(call, made)
  if (failure !== undefined) throw failure.error
}

async function removeAll(call: Call, made: readonly Info[]): Promise<void> {
  const { deleteOptions } = await import('#kubectl/delete/options.ts')
  const { gracePeriodSeconds: _, ...options } = deleteOptions(call, 'none')
  for (const info of made) {
    try {
      await deleteObject(call, info, options)
      if (!call.flags.bool('quiet')) call.io.stdout(deletedText(info, options))
    } catch (error) {
      // Upstream deletes without a word when it cannot; what is gone already is fine.
      if (!(error instanceof StatusError)) throw error
    }
  }
}

const restartPolicies = ['Always', 'OnFailure', 'Never']

function validate({ flags }: Call): void {
  const image = flags.string('image')
  if (!isImage(image)) {
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`)
  }
  if (flags.bool('tty') && !flags.bool('stdin')) {
    throw new UsageError('-i/--stdin is required for containers with -t/--tty=true')
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
    throw new UsageError(`invalid image pull policy: ${pull}`)
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

/** Upstream: apimachinery pkg/util/validation, IsEnvVarName. */
const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/

function envOf(pair: string): object {
  const equals = pair.indexOf('=')
  if (!envName.test(pair.slice(0, Math.max(equals, 0)))) {
    throw new CommandError(`invalid env: ${pair}`)
  }
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
    if (equals < 1) throw new CommandError(`invalid annotations format: ${pair}`)
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
  const given = call.flags.string('labels')
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, ...(given !== '' && { labels: labelsOf(given) }) },
    spec: {
      ports: [{ protocol: 'TCP', port, targetPort: port }],
      selector: labelsFor(call, name),
    },
    status: { loadBalancer: {} },
  }
}

async function create(call: Call, object: KubeObject, dryRun: DryRun): Promise<Info> {
  const { flags, factory } = call
  const { namespace, namespaceIsExplicit } = await factory.namespace()
  const placed = namespaceIsExplicit
    ? { ...object, metadata: { name: object.metadata?.name ?? '', namespace, ...object.metadata } }
    : object
  const full = flags.bool('save-config') ? withLastApplied(placed) : withLastAppliedIfThere(placed)
  const mapping = localMapping(object.apiVersion ?? '', object.kind ?? '')
  const options = { dryRun, fieldManager: flags.string('field-manager') }
  const made =
    dryRun === 'client' ? full : await createObject(call, { mapping, namespace }, full, options)
  return { mapping, namespace, name: made.metadata?.name ?? '', object: made, source: '' }
}
