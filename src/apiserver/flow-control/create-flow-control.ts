/** Who limits what is asked at once: priority and fairness, or two numbers. */
import { InFlight, type Activity } from '#apiserver/http/in-flight.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import type { Assembly } from '#apiserver/server.ts'
import { flowSchemas } from '#resources/flow-control/flow-schema.ts'
import { FlowControl } from './flow-control.ts'
import { limits } from './limits.ts'

export interface Limiting {
  readonly inFlight: InFlight
  readonly flowControl: FlowControl | undefined
}

export function createFlowControl(
  { options, registry: { objects } }: Assembly,
  metrics: MetricRegistry,
  activity: Activity,
): Limiting {
  const { clock, flowControl: choice = {}, resources } = options
  const { reads = limits.readsInFlightMax, writes = limits.writesInFlightMax } = choice
  const isServed = resources === undefined || resources.includes(flowSchemas)
  if (choice.enabled === false || !isServed || reads + writes === 0) {
    return { inFlight: new InFlight(clock, { reads, writes }, activity), flowControl: undefined }
  }
  return {
    inFlight: new InFlight(clock, { reads: 0, writes: 0 }, activity),
    flowControl: new FlowControl({ objects, clock, metrics, totalSeats: reads + writes }),
  }
}
