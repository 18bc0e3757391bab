/**
 * ValidatingAdmissionWebhook: all at once; the first refusal in the order of the webhooks is told.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go.
 */
import { validatingwebhookconfigurations as type } from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { Hooks, type ConcernedHook } from './hooks.ts'
import { LazyCaller, reachOf } from './lazy-caller.ts'
import { MatchConditions } from './match-conditions.ts'

export function validatingWebhooks(deps: AdmissionDeps): AdmissionPlugin {
  let hooks: Hooks | undefined
  const open = (): Hooks => (hooks ??= new Hooks(deps.objects(), type, 'validating'))
  const caller = new LazyCaller({
    ...deps,
    reach: reachOf(deps, deps.configurations?.validatingWebhooks),
  })
  const conditions = new MatchConditions(deps)

  const ask = async (
    concerned: ConcernedHook,
    request: AdmissionRequest,
    at: number,
  ): Promise<void> => {
    if (!open().isSelected(concerned, request)) return
    if (!(await conditions.hold(concerned, request))) return
    const { item: hook, row } = concerned
    const openAnnotation = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${at}`
    await caller.call({ hook, row, request, openAnnotation })
  }

  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (request) => open().of(request).length > 0,
    async validate(request) {
      const outcomes = await Promise.allSettled(
        open()
          .of(request)
          .map((concerned, at) => ask(concerned, request, at)),
      )
      const refused = outcomes.find((outcome) => outcome.status === 'rejected')
      if (refused !== undefined) throw refused.reason
    },
    measure: (metrics) => caller.register(metrics),
    [Symbol.dispose]() {
      hooks?.[Symbol.dispose]()
      caller[Symbol.dispose]()
    },
  }
}
