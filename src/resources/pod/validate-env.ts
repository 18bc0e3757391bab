/** Upstream: pkg/apis/core/validation/validation.go, ValidateEnv, ValidateEnvFrom and what they call. */
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
  SecretKeySelector,
  Volume,
} from '#api/core/v1.gen.ts'
import { invalidValue, notFoundValue, notSupported, required } from '#api/meta/field-error.ts'
import {
  validateConfigMapKey,
  validateDns1123Subdomain,
  validateRelaxedEnvironmentName,
} from '#api/meta/names.ts'
import {
  checkQualifiedName,
  checkRequired,
  empty,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { checkLocalPath } from '#resources/checks/paths.ts'
import { isZero } from '#resources/checks/resources.ts'

type Volumes = ReadonlyMap<string, Volume>

export function checkEnv(
  variables: readonly EnvVar[],
  volumes: Volumes,
  path: string,
  errors: Errors,
): void {
  for (let at = 0; at < variables.length; at += 1) {
    const variable = variables[at] as EnvVar
    const here = `${path}[${at}]`
    if (empty(variable.name)) errors.push(required(`${here}.name`, ''))
    else {
      const messages = validateRelaxedEnvironmentName(variable.name)
      if (messages.length > 0) refuse(errors, `${here}.name`, variable.name, messages)
    }
    if (variable.valueFrom !== undefined) {
      checkEnvSource(variable, volumes, `${here}.valueFrom`, errors)
    }
  }
}

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

function checkEnvSource(variable: EnvVar, volumes: Volumes, path: string, errors: Errors): void {
  const source = variable.valueFrom ?? {}
  let sources = 0
  if (source.fieldRef !== undefined) {
    sources += 1
    checkFieldSelector(source.fieldRef, envFields, `${path}.fieldRef`, errors)
  }
  if (source.resourceFieldRef !== undefined) {
    sources += 1
    checkResourceFieldSelector(source.resourceFieldRef, `${path}.resourceFieldRef`, errors)
  }
  if (source.configMapKeyRef !== undefined) {
    sources += 1
    checkKeySelector(source.configMapKeyRef, `${path}.configMapKeyRef`, errors)
  }
  if (source.secretKeyRef !== undefined) {
    sources += 1
    checkKeySelector(source.secretKeyRef, `${path}.secretKeyRef`, errors)
  }
  if (source.fileKeyRef !== undefined) {
    sources += 1
    checkFileKeySelector(source.fileKeyRef, volumes, `${path}.fileKeyRef`, errors)
  }
  if (sources === 0) {
    errors.push(
      invalidValue(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    )
  } else if (!empty(variable.value)) {
    errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'))
  } else if (sources > 1) {
    errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'))
  }
}

function checkKeySelector(
  selector: ConfigMapKeySelector | SecretKeySelector,
  path: string,
  errors: Errors,
): void {
  const name = selector.name ?? ''
  refuse(errors, `${path}.name`, name, validateDns1123Subdomain(name))
  if (empty(selector.key)) errors.push(required(`${path}.key`, ''))
  else refuse(errors, `${path}.key`, selector.key, validateConfigMapKey(selector.key))
}

function checkFileKeySelector(
  selector: FileKeySelector,
  volumes: Volumes,
  path: string,
  errors: Errors,
): void {
  if (empty(selector.key)) errors.push(required(`${path}.key`, ''))
  else {
    refuse(errors, `${path}.key`, selector.key, validateRelaxedEnvironmentName(selector.key))
  }
  if (empty(selector.volumeName)) errors.push(required(`${path}.volumeName`, ''))
  else {
    const volume = volumes.get(selector.volumeName)
    if (volume === undefined) {
      errors.push(notFoundValue(`${path}.volumeName`, selector.volumeName))
    } else if (volume.emptyDir === undefined) {
      errors.push(
        invalidValue(
          `${path}.volumeName`,
          selector.volumeName,
          'referenced volume must be of type emptyDir',
        ),
      )
    }
  }
  checkRequired(selector.path, `${path}.path`, errors)
  checkLocalPath(selector.path ?? '', `${path}.path`, errors)
}

const subscripted = /^(metadata\.(?:labels|annotations)|.*)\['([^']*)'\]$/

/** A field of the pod as the downward API gives it: one of `fields`, or a label or annotation by key. */
export function checkFieldSelector(
  selector: ObjectFieldSelector,
  fields: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (empty(selector.apiVersion)) {
    errors.push(required(`${path}.apiVersion`, ''))
    return
  }
  if (empty(selector.fieldPath)) {
    errors.push(required(`${path}.fieldPath`, ''))
    return
  }
  const match = subscripted.exec(selector.fieldPath)
  if (match === null) checkPlainField(selector.fieldPath, fields, path, errors)
  else checkSubscript(match[1] as string, match[2] as string, path, errors)
}

const podFields = new Set([
  ...envFields,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

function checkPlainField(
  field: string,
  fields: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (fields.includes(field)) return
  if (podFields.has(field)) errors.push(notSupported(`${path}.fieldPath`, field, fields))
  else {
    errors.push(
      invalidValue(
        `${path}.fieldPath`,
        field,
        `error converting fieldPath: field label not supported: ${field}`,
      ),
    )
  }
}

function checkSubscript(map: string, key: string, path: string, errors: Errors): void {
  if (map === 'metadata.annotations') checkQualifiedName(key.toLowerCase(), path, errors)
  else if (map === 'metadata.labels') checkQualifiedName(key, path, errors)
  else {
    errors.push(
      invalidValue(
        `${path}.fieldPath`,
        `${map}['${key}']`,
        `error converting fieldPath: field label does not support subscript: ${map}['${key}']`,
      ),
    )
  }
}

const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const hugePageField = /^(?:limits|requests)\.hugepages-/

/** With `inVolume`, the container whose resources are meant must be named. */
export function checkResourceFieldSelector(
  selector: ResourceFieldSelector,
  path: string,
  errors: Errors,
  inVolume?: 'inVolume',
): void {
  const resource = selector.resource ?? ''
  if (inVolume !== undefined && empty(selector.containerName)) {
    errors.push(required(`${path}.containerName`, ''))
  } else if (resource === '') errors.push(required(`${path}.resource`, ''))
  else if (!resourceFields.includes(resource) && !hugePageField.test(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, resourceFields))
  }
  checkDivisor(resource, selector.divisor ?? '0', path, errors)
}

const byteDivisors = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'

function checkDivisor(resource: string, divisor: string, path: string, errors: Errors): void {
  if (isZero(divisor)) return
  const kind = resource.slice(resource.indexOf('.') + 1)
  const allowed = kind === 'cpu' ? '1m, 1' : byteDivisors
  if (allowed.split(', ').includes(divisor)) return
  const detail = divisorDetail(kind)
  if (detail !== undefined) errors.push(invalidValue(`${path}.divisor`, resource, detail))
}

function divisorDetail(kind: string): string | undefined {
  if (kind === 'cpu') return "only divisor's values 1m and 1 are supported with the cpu resource"
  const named = kind.startsWith('hugepages-')
    ? 'hugepages'
    : { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' }[kind]
  if (named === undefined) return undefined
  return `only divisor's values ${byteDivisors} are supported with the ${named} resource`
}

export function checkEnvFrom(
  sources: readonly EnvFromSource[],
  path: string,
  errors: Errors,
): void {
  sources.forEach((source, at) => {
    const here = `${path}[${at}]`
    if (!empty(source.prefix)) {
      refuse(errors, `${here}.prefix`, source.prefix, validateRelaxedEnvironmentName(source.prefix))
    }
    if (source.configMapRef !== undefined) {
      checkSourceName(source.configMapRef.name, `${here}.configMapRef`, errors)
    }
    if (source.secretRef !== undefined) {
      checkSourceName(source.secretRef.name, `${here}.secretRef`, errors)
    }
    if (source.configMapRef === undefined && source.secretRef === undefined) {
      errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    } else if (source.configMapRef !== undefined && source.secretRef !== undefined) {
      errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'))
    }
  })
}

function checkSourceName(name: string | undefined, path: string, errors: Errors): void {
  if (empty(name)) errors.push(required(`${path}.name`, ''))
  else refuse(errors, `${path}.name`, name, validateDns1123Subdomain(name))
}
