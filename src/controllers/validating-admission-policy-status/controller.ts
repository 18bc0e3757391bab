/**
 * Tells in a policy's status which of its expressions do not fit the kinds that it is about.
 * Upstream: pkg/controller/validatingadmissionpolicystatus/controller.go.
 */
import type { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.gen.ts'
import { validatingadmissionpolicies } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'

interface Deps {
  readonly client: Client
  readonly policies: ReadonlyStore<ValidatingAdmissionPolicy>
}

export const validatingAdmissionPolicyStatusController = defineController<Deps>({
  name: 'validatingadmissionpolicy-status-controller',
  primary: validatingadmissionpolicies,
  writes: ['admissionregistration.k8s.io/validatingadmissionpolicies/status'],
  workersMax: 5,

  open: ({ client, informer }) => ({
    client,
    policies: informer(validatingadmissionpolicies).store,
  }),

  async reconcile(key, { client, policies }, signal) {
    const policy = policies.get(key)
    if (policy === undefined) return done
    const { generation = 0 } = policy.metadata
    if ((policy.status?.observedGeneration ?? 0) >= generation) return done
    const { typeWarnings } = await import('./type-check.ts') // with it the language
    const expressionWarnings = [...typeWarnings(policy)]
    const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings }
    const status = { ...policy.status, observedGeneration: generation, typeChecking }
    const next = { ...policy, status }
    await unlessGone(
      client.for(validatingadmissionpolicies).update(next, { subresource: 'status', signal }),
    )
    return done
  },
})
