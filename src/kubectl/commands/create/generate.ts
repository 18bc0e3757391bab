/**
 * What every `kubectl create KIND NAME` does once it has made the object. Upstream: kubectl
 * pkg/cmd/create/create.go, CreateSubcommandOptions.Run and its kin.
 */
import {
  dryRunFlag,
  fieldManagerFlag,
  printFlags,
  saveConfigFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { dryRunOf, validationOf } from '#kubectl/objects/dry-run.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { createObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const generatorFlags: readonly Flag[] = [
  ...printFlags,
  dryRunFlag,
  fieldManagerFlag('kubectl-create'),
  saveConfigFlag,
  validateFlag,
]

/** The one argument. Throws UsageError with upstream's words. */
export function nameOf({ args, argsBeforeDash }: Call): string {
  const words = argsBeforeDash === undefined ? args : args.slice(0, argsBeforeDash)
  const [name] = words
  if (name === undefined || words.length !== 1) {
    throw new UsageError(`exactly one NAME is required, got ${words.length}`)
  }
  return name
}

/** What stands after `--`, or after the name. */
export function commandOf({ args }: Call): readonly string[] {
  return args.slice(1)
}

/** Fields in the order of Go's struct; undefined is left out. */
export async function createGenerated(
  call: Call,
  object: KubeObject & { readonly apiVersion: string; readonly kind: string },
): Promise<void> {
  const { flags, io, factory } = call
  const dryRun = await dryRunOf(call)
  const validation = validationOf(call)
  const printer = await resultPrinter(call, 'created', dryRun)
  const mapping = localMapping(object.apiVersion, object.kind)
  const { namespace, namespaceIsExplicit } = await factory.namespace()
  const placed = mapping.namespaced && namespaceIsExplicit ? inNamespace(object, namespace) : object
  const full = flags.bool('save-config') ? withLastApplied(placed) : withLastAppliedIfThere(placed)
  if (dryRun === 'client') return io.stdout(printer.print(full, 'given'))
  const at = { mapping, namespace: mapping.namespaced ? namespace : '' }
  const options = { dryRun, validation, fieldManager: flags.string('field-manager') }
  const created = await createObject(call, at, full, options).catch((error: unknown) => {
    throw failedToCreate(error, object.kind)
  })
  io.stdout(printer.print(created))
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  const { name, ...metadata } = object.metadata ?? {}
  return { ...object, metadata: { ...(name !== undefined && { name }), namespace, ...metadata } }
}

/** `failed to create configmap: …`: some commands of upstream say so. */
const prefixes: Readonly<Record<string, string>> = {
  ConfigMap: 'failed to create configmap',
  Secret: 'failed to create secret',
  ClusterRoleBinding: 'failed to create clusterrolebinding',
  CronJob: 'failed to create cronjob',
  Deployment: 'failed to create deployment',
  Job: 'failed to create job',
  PodDisruptionBudget: 'failed to create poddisruptionbudgets',
  PriorityClass: 'failed to create priorityclass',
  ResourceQuota: 'failed to create quota',
  RoleBinding: 'failed to create rolebinding',
  Service: 'failed to create service',
  ServiceAccount: 'failed to create serviceaccount',
  Ingress: 'failed to create ingress',
}

function failedToCreate(error: unknown, kind: string): unknown {
  const prefix = prefixes[kind]
  if (prefix === undefined || !(error instanceof Error)) return error
  return new CommandError(`${prefix}: ${error.message}`)
}

/** The base of a reference to a container image, which names the container. */
export function imageName(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1)
  return last.replace(/[@:].*$/, '').replaceAll('_', '-')
}

/** `key=value` in two parts. */
export function keyValue(text: string): readonly [key: string, value: string] | undefined {
  const equals = text.indexOf('=')
  return equals < 1 ? undefined : [text.slice(0, equals), text.slice(equals + 1)]
}
