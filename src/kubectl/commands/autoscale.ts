/** `kubectl autoscale`. Upstream: kubectl pkg/cmd/autoscale/autoscale.go. */
import { StatusError } from '#api/meta/status.ts'
import { int, string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { resourceMetric } from '#kubectl/generators/autoscaler-target.ts'
import type { ResourceMetric } from '#kubectl/generators/autoscaler-target.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { withLastAppliedStruct } from '#kubectl/objects/last-applied.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { select } from '#kubectl/objects/selection.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { createObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  about: `Creates an autoscaler that automatically chooses and sets the number of pods that run in a Kubernetes cluster.

 It scales a deployment, replica set, stateful set, or replication controller, as what its pods use demands. Without
 --cpu and --memory the server has a default.`,
  examples: [
    ['Between 2 and 10 pods', 'kubectl autoscale deployment foo --min=2 --max=10'],
    ['At 80% of the CPU that is requested', 'kubectl autoscale rc foo --max=5 --cpu=80%'],
    ['By amounts', 'kubectl autoscale deployment bar --min=3 --max=6 --cpu=500m --memory=200Mi'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to autoscale'),
    dryRunFlag,
    fieldManagerFlag('kubectl-autoscale'),
    saveConfigFlag,
    string('cpu', 'CPU that a pod is to use: 70% of its request, or 500m. 500 is 500m.'),
    int('cpu-percent', 'CPU that a pod is to use, of its request.', {
      default: -1,
      deprecated:
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    }),
    int('max', 'The largest number of pods.', { default: -1, required: true }),
    string('memory', 'Memory that a pod is to use: 60% of its request, or 200Mi. 200 is 200Mi.'),
    int('min', 'The smallest number of pods; negative: the default of the server.', {
      default: -1,
    }),
    string('name', 'Name of the autoscaler. Default: that of what it scales.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const dryRun = await dryRunOf(call)
  const metrics = validated(call)
  const selection = await select(call, {
    args: call.args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
  })
  const { infos, errors } = await fetchInfos(call, selection)
  const failures = [...errors]
  let count = 0
  for (const info of infos) {
    try {
      await requireScale(call, info.mapping)
      await createV2(call, await autoscalerFor(call, info, metrics), dryRun)
      count += 1
    } catch (error) {
      failures.push(error)
    }
  }
  throwFailures(failures)
  if (count === 0) throw new CommandError('no objects passed to autoscale')
}

function validated({ flags }: Call): readonly ResourceMetric[] {
  const [max, min, percent] = [flags.int('max'), flags.int('min'), flags.int('cpu-percent')]
  if (max < 1) {
    throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`)
  }
  if (max < min) {
    throw new CommandError(
      `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`,
    )
  }
  const [cpu, memory] = [flags.string('cpu'), flags.string('memory')]
  if (percent > 0 && cpu !== '') {
    throw new CommandError('--cpu-percent and --cpu are mutually exclusive')
  }
  return [
    ...(percent > 0 ? [resourceMetric('cpu', `${percent}%`)] : []),
    ...(cpu === '' ? [] : [resourceMetric('cpu', cpu)]),
    ...(memory === '' ? [] : [resourceMetric('memory', memory)]),
  ]
}

/** Upstream: client-go scale/util.go, ScaleForResource. */
async function requireScale({ factory }: Call, mapping: Mapping): Promise<void> {
  const { group, version, resource, kind } = mapping
  const { lists } = await (await factory.discovery()).served()
  const served = lists.get(apiVersionOf(mapping))?.resources ?? []
  if (served.some(({ name }) => name === `${resource}/scale`)) return
  const gvr = `${group === '' ? `/${version}` : apiVersionOf(mapping)}, Resource=${resource}`
  throw new CommandError(
    `cannot autoscale a ${kind}: could not find scale subresource for ${gvr} in discovery information`,
  )
}

async function autoscalerFor(
  { flags, factory }: Call,
  { mapping, name }: Info,
  metrics: readonly ResourceMetric[],
): Promise<KubeObject> {
  const { namespace, namespaceIsExplicit } = await factory.namespace()
  const own = flags.string('name')
  const min = flags.int('min')
  return typed({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: { name: own === '' ? name : own, ...(namespaceIsExplicit && { namespace }) },
    spec: {
      scaleTargetRef: { kind: mapping.kind, name, apiVersion: apiVersionOf(mapping) },
      ...(min > 0 && { minReplicas: min }),
      maxReplicas: flags.int('max'),
      ...(metrics.length > 0 && { metrics }),
    },
  })
}

/** A server may know only autoscaling/v1, which can say little. */
async function createV2(call: Call, autoscaler: KubeObject, dryRun: DryRun): Promise<void> {
  try {
    await create(call, autoscaler, dryRun)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    await create(call, asV1(call, autoscaler), dryRun)
  }
}

/** Throws CommandError, in upstream's words, for what only v2 can say. */
function asV1({ flags }: Call, { spec, ...object }: KubeObject): KubeObject {
  const [cpu, percent] = [flags.string('cpu'), flags.int('cpu-percent')]
  const fits = flags.string('memory') === '' && (percent >= 0 || cpu.endsWith('%'))
  if (cpu === '' || !fits) {
    throw new CommandError(
      `failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: ${cpu === '' ? 'empty input' : '%!w(<nil>)'}`,
    )
  }
  const { metrics: _metrics, ...rest } = spec as { readonly metrics?: unknown }
  return typed({
    ...object,
    apiVersion: 'autoscaling/v1',
    spec: { ...rest, ...(percent >= 0 && { targetCPUUtilizationPercentage: percent }) },
    status: {},
  })
}

async function create(call: Call, autoscaler: KubeObject, dryRun: DryRun): Promise<void> {
  const { flags, io, factory } = call
  if (dryRun === 'client') {
    const printer = await resultPrinter(call, 'created', dryRun)
    return io.stdout(printer.print(autoscaler, 'given'))
  }
  const full = flags.bool('save-config') ? withLastAppliedStruct(autoscaler) : autoscaler
  const { namespace } = await factory.namespace()
  const mapping = localMapping(autoscaler.apiVersion ?? '', autoscaler.kind ?? '')
  const options = { dryRun, fieldManager: flags.string('field-manager') }
  const created = await createObject(call, { mapping, namespace }, full, options)
  const printer = await resultPrinter(call, 'autoscaled', dryRun)
  io.stdout(printer.print(typed(created), 'given'))
}
