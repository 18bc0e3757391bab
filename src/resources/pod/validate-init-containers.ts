/** Upstream: pkg/apis/core/validation/validation.go, validateInitContainers, validateEphemeralContainers. */
import type { Container, EphemeralContainer } from '#api/core/v1.gen.ts'
import { duplicate, forbiddenField, invalidValue, notFoundValue } from '#api/meta/field-error.ts'
import { empty, type Errors } from '#resources/checks/checks.ts'
import {
  checkContainer,
  checkHooksAndProbes,
  checkHostPortConflicts,
  type ContainerScope,
} from './validate-containers.ts'
import { checkRestartRules, forbidRulesOfSidecar } from './validate-restart-rules.ts'

export function checkInitContainers(scope: ContainerScope, path: string, errors: Errors): void {
  const { initContainers } = scope.spec
  if (initContainers === undefined) return
  const names = new Set((scope.spec.containers ?? []).map(({ name }) => name))
  initContainers.forEach((container, at) => {
    const here = `${path}[${at}]`
    checkContainer(container, scope, here, errors)
    checkRestartRules(container, here, errors)
    forbidRulesOfSidecar(container, here, errors)
    if (names.has(container.name)) errors.push(duplicate(`${here}.name`, container.name))
    else if (!empty(container.name)) names.add(container.name)
    checkHostPortConflicts([container], path, errors)
    if (isSidecar(container)) checkHooksAndProbes(container, scope.spec, here, errors)
    else forbidHooks(container, here, errors)
  })
}

/** An init container that goes on running beside the others. */
export function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always'
}

function forbidHooks(container: Container, path: string, errors: Errors): void {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field] === undefined) continue
    errors.push(
      forbiddenField(
        `${path}.${field}`,
        'may not be set for init containers without restartPolicy=Always',
      ),
    )
  }
  if ((container.resizePolicy ?? []).length > 0) {
    errors.push(
      invalidValue(
        `${path}.resizePolicy`,
        container.resizePolicy,
        'must not be set for init containers',
      ),
    )
  }
}

const ephemeralFields = new Set(
  (
    'name image command args workingDir envFrom env volumeMounts volumeDevices stdin stdinOnce tty ' +
    'terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext targetContainerName'
  ).split(' '),
)

export function checkEphemeralContainers(
  scope: ContainerScope,
  path: string,
  errors: Errors,
): void {
  const { ephemeralContainers, containers, initContainers } = scope.spec
  if (ephemeralContainers === undefined || ephemeralContainers.length === 0) return
  const lasting = new Set(
    [...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name),
  )
  const names = new Set(lasting)
  ephemeralContainers.forEach((container, at) => {
    const here = `${path}[${at}]`
    checkContainer(container, scope, here, errors)
    checkImagePadding(container, here, errors)
    if (names.has(container.name)) errors.push(duplicate(`${here}.name`, container.name))
    names.add(container.name)
    const target = container.targetContainerName
    if (!empty(target) && !lasting.has(target)) {
      errors.push(notFoundValue(`${here}.targetContainerName`, target))
    }
    forbidLastingFields(container, here, errors)
  })
}

function forbidLastingFields(container: EphemeralContainer, path: string, errors: Errors): void {
  const detail = 'cannot be set for an Ephemeral Container'
  for (const field of Object.keys(container) as (keyof EphemeralContainer)[]) {
    if (!ephemeralFields.has(field) && isSet(container[field])) {
      errors.push(forbiddenField(`${path}.${field}`, detail))
    }
  }
  container.volumeMounts?.forEach(({ subPath, subPathExpr }, at) => {
    const here = `${path}.volumeMounts[${at}]`
    if (!empty(subPath)) errors.push(forbiddenField(`${here}.subPath`, detail))
    if (!empty(subPathExpr)) errors.push(forbiddenField(`${here}.subPathExpr`, detail))
  })
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** Only of containers that are to run: templates have always been let through. */
export function checkImagePadding(container: Container, path: string, errors: Errors): void {
  const image = container.image ?? ''
  if (image === image.trim()) return
  errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'))
}
