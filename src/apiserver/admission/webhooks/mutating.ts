/**
 * MutatingAdmissionWebhook: one webhook after the other, each sees what those before it have made.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
 */
import { mutatingwebhookconfigurations as type } from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { noteAsked, noteOutput, whoIsAsked } from '#apiserver/admission/reinvocation.ts'
import type { Resource } from '#resources/resource.ts'
import { LazyCaller, reachOf } from './lazy-caller.ts'
import { MatchConditions } from './match-conditions.ts'
import { Hooks, type ConcernedHook } from './hooks.ts'

const name = 'MutatingAdmissionWebhook'

/** In keys of the audit log. */
const annotations = 'webhook.admission.k8s.io'

export function mutatingWebhooks(deps: AdmissionDeps): AdmissionPlugin {
  let hooks: Hooks | undefined
  const open = (): Hooks => (hooks ??= new Hooks(deps.objects(), type, 'admit'))
  const caller = new LazyCaller({
    ...deps,
    reach: reachOf(deps, deps.configurations?.mutatingWebhooks),
  })
  const conditions = new MatchConditions(deps)

  const ask = async (
    concerned: ConcernedHook,
    request: AdmissionRequest,
    place: string,
  ): Promise<void> => {
    if (!open().isSelected(concerned, request)) return
    if (!(await conditions.hold(concerned, request))) return
    const { item: hook, row } = concerned
    const openAnnotation = `failed-open.mutation.${annotations}/${place}`
    const answer = await caller.call({ hook, row, request, openAnnotation })
    const isChanged = answer?.patch !== undefined && (await patch(request, row, answer.patch))
    if (answer !== undefined) {
      const { configuration, name: webhook } = hook
      const told = JSON.stringify({ configuration, webhook, mutated: isChanged })
      request.annotate?.(`mutation.${annotations}/${place}`, told)
    }
    noteAsked(request, name, { id: hook.id, reinvokes: hook.reinvokes, isChanged })
  }

  return {
    name,
    handles: (request) => open().of(request).length > 0,
    async admit(request) {
      const wanted = whoIsAsked(request, name)
      const round = request.reinvocation?.isAgain === true ? 1 : 0
      for (const [at, concerned] of open().of(request).entries()) {
        if (!wanted(concerned.item.id)) continue
        await ask(concerned, request, `round_${round}_index_${at}`)
      }
      noteOutput(request, name)
    },
    measure: (metrics) => caller.register(metrics),
    [Symbol.dispose]() {
      hooks?.[Symbol.dispose]()
      caller[Symbol.dispose]()
    },
  }
}

async function patch(request: AdmissionRequest, row: Resource, how: unknown): Promise<boolean> {
  const { applyPatch } = await import('./apply-patch.ts')
  return applyPatch(request, row, how)
}
