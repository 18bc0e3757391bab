/** Restart policies of single containers. Upstream: validateContainerRestartPolicy at v1.36. */
import type { Container, ContainerRestartRule } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required, tooMany } from '#api/meta/field-error.ts'
import { checkEnum, checkSupported, type Errors } from '#resources/checks/checks.ts'

const policies = ['Always', 'Never', 'OnFailure']
const rulesMax = 20
const exitCodesMax = 255

export function checkRestartRules(container: Container, path: string, errors: Errors): void {
  const { restartPolicy, restartPolicyRules } = container
  checkSupported(restartPolicy, policies, `${path}.restartPolicy`, errors)
  if (restartPolicyRules === undefined || restartPolicyRules.length === 0) return
  const rulesPath = `${path}.restartPolicyRules`
  if (restartPolicy === undefined) {
    errors.push(
      required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'),
    )
  }
  if (restartPolicyRules.length > rulesMax) {
    errors.push(tooMany(rulesPath, restartPolicyRules.length, rulesMax))
  }
  restartPolicyRules.forEach((rule, at) => checkRule(rule, `${rulesPath}[${at}]`, errors))
}

function checkRule(rule: ContainerRestartRule, path: string, errors: Errors): void {
  checkEnum(rule.action, ['Restart', 'RestartAllContainers'], `${path}.action`, errors)
  const { exitCodes } = rule
  if (exitCodes === undefined) {
    errors.push(required(`${path}.exitCodes`, 'must be specified'))
    return
  }
  checkEnum(exitCodes.operator, ['In', 'NotIn'], `${path}.exitCodes.operator`, errors)
  const values = exitCodes.values ?? []
  const valuesPath = `${path}.exitCodes.values`
  if (values.length === 0)
    errors.push(invalidValue(valuesPath, values, 'must contain at least one value'))
  if (values.length > exitCodesMax) errors.push(tooMany(valuesPath, values.length, exitCodesMax))
}

/** Sidecars restart always; other init containers follow the pod unless told otherwise. */
export function forbidRulesOfSidecar(container: Container, path: string, errors: Errors): void {
  if (container.restartPolicy !== 'Always' || container.restartPolicyRules === undefined) return
  errors.push(
    forbiddenField(
      `${path}.restartPolicyRules`,
      'cannot specify restartPolicyRules when restartPolicy is Always',
    ),
  )
}
