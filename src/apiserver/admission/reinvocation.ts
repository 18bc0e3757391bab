/**
 * Who changes an object late may undo what others wanted; so those who wish are asked once more.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/reinvocation.go,
 * admission/plugin/webhook/mutating/reinvocationcontext.go.
 */
import type { AdmissionRequest, Outsiders, Reinvocation } from './plugin.ts'

function reinvocationOf(request: AdmissionRequest): Reinvocation {
  request.reinvocation ??= { isAgain: false, isWanted: false, outsiders: new Map() }
  return request.reinvocation
}

function outsidersOf(request: AdmissionRequest, plugin: string): Outsiders {
  const { outsiders } = reinvocationOf(request)
  let own = outsiders.get(plugin)
  if (own === undefined) {
    own = { invoked: new Set(), required: new Set(), output: '' }
    outsiders.set(plugin, own)
  }
  return own
}

/** In the first round everybody, in the second those after whom the object has changed. */
export function whoIsAsked(request: AdmissionRequest, plugin: string): (id: string) => boolean {
  if (request.reinvocation?.isAgain !== true) return () => true
  const own = outsidersOf(request, plugin)
  if (own.output !== JSON.stringify(request.object)) requireInvoked(own)
  return (id) => own.required.has(id)
}

function requireInvoked(own: Outsiders): void {
  own.required = own.required.union(own.invoked)
  own.invoked = new Set()
}

interface Asked {
  readonly id: string
  readonly reinvokes: boolean
  readonly isChanged: boolean
}

/** An outsider was asked. A change of his makes the mutating plugins run again. */
export function noteAsked(
  request: AdmissionRequest,
  plugin: string,
  { id, reinvokes, isChanged }: Asked,
): void {
  const own = outsidersOf(request, plugin)
  if (isChanged) {
    requireInvoked(own)
    reinvocationOf(request).isWanted = true
  }
  if (reinvokes) own.invoked.add(id)
}

export function noteOutput(request: AdmissionRequest, plugin: string): void {
  outsidersOf(request, plugin).output = JSON.stringify(request.object)
}
