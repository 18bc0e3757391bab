/** Upstream: describe.go, describeContainerEnvVars and describeContainerEnvFrom. */
import type { Container, EnvFromSource, EnvVar, EnvVarSource, Pod } from '#api/core/v1.gen.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { fieldOf, resourceOf } from './downward.ts'

export function writeEnvironment(w: PrefixWriter, container: Container, pod?: Pod): void {
  const { env = [], envFrom = [] } = container
  if (envFrom.length > 0) w.write(2, 'Environment Variables from:\n')
  for (const source of envFrom) w.write(3, `${fromText(source)}\n`)
  w.write(2, `Environment:${env.length === 0 ? '\t<none>' : ''}\n`)
  for (const variable of env) writeVariable(w, variable, { container, pod })
}

function fromText({ configMapRef, secretRef, prefix = '' }: EnvFromSource): string {
  const reference = configMapRef ?? secretRef
  const kind = configMapRef !== undefined ? 'ConfigMap' : secretRef !== undefined ? 'Secret' : ''
  const withPrefix = prefix === '' ? '' : ` with prefix '${prefix}'`
  const optional = reference?.optional ?? false
  return `${reference?.name ?? ''}\t${kind}${withPrefix}\tOptional: ${optional}`
}

interface Owner {
  readonly container: Container
  readonly pod: Pod | undefined
}

function writeVariable(w: PrefixWriter, { name, value = '', valueFrom }: EnvVar, owner: Owner) {
  if (valueFrom !== undefined) {
    const text = sourceText(valueFrom, owner)
    if (text !== undefined) w.write(3, `${name}:\t${text}\n`)
    return
  }
  for (const [at, line] of value.split('\n').entries()) {
    w.write(3, `${at === 0 ? `${name}:` : ''}\t${line}\n`)
  }
}

function sourceText(source: EnvVarSource, { container, pod }: Owner): string | undefined {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = source
  if (fieldRef !== undefined) {
    const { apiVersion = '', fieldPath } = fieldRef
    const value = pod === undefined ? '' : fieldOf(pod, fieldPath)
    return `${value} (${apiVersion}:${fieldPath})`
  }
  if (resourceFieldRef !== undefined) {
    return `${resourceOf(container, resourceFieldRef)} (${resourceFieldRef.resource})`
  }
  if (secretKeyRef !== undefined) {
    const { key, name = '', optional = false } = secretKeyRef
    return `<set to the key '${key}' in secret '${name}'>\tOptional: ${optional}`
  }
  if (configMapKeyRef !== undefined) {
    const { key, name = '', optional = false } = configMapKeyRef
    return `<set to the key '${key}' of config map '${name}'>\tOptional: ${optional}`
  }
  return undefined
}
