/** Expressions of configurations are compiled when they are written; part of validation, not a plugin. */
import { invalid } from '#api/meta/status.ts'
import type { AdmissionPlugin } from '#apiserver/admission/plugin.ts'

const group = 'admissionregistration.k8s.io'

export function expressionCheck(): AdmissionPlugin {
  return {
    name: 'expressions',
    handles: ({ resource, operation, subresource }) =>
      resource.group === group &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    async validate({ resource: { kind }, object, prior }) {
      if (object === undefined || !hasExpressions(object)) return
      const { checkExpressions, isChecked } = await import('./check-expressions.ts')
      if (!isChecked(kind)) return
      const errors = checkExpressions(kind, object, prior)
      if (errors.length > 0) throw invalid({ group, kind }, object.metadata.name, errors)
    },
  }
}

/** A configuration of webhooks mostly has none: then the language is not loaded. */
function hasExpressions(object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return false
  return Object.entries(object).some(
    ([key, value]) => /expression$/i.test(key) || hasExpressions(value),
  )
}
