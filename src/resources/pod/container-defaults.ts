/** Upstream: pkg/apis/core/v1/defaults.go, SetDefaults_Container, _Probe, _HTTPGetAction … */
import type { Container, EnvVar, HTTPGetAction, Probe } from '#api/core/v1.gen.ts'

export function defaultContainer(container: Container): void {
  container.resources ??= {}
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.imagePullPolicy ||= pullPolicyOf(container.image)
  if (container.ports !== undefined) for (const port of container.ports) port.protocol ||= 'TCP'
  if (container.env !== undefined) for (const variable of container.env) defaultEnv(variable)
  defaultProbe(container.livenessProbe)
  defaultProbe(container.readinessProbe)
  defaultProbe(container.startupProbe)
  if (container.lifecycle !== undefined) {
    defaultHttpGet(container.lifecycle.postStart?.httpGet)
    defaultHttpGet(container.lifecycle.preStop?.httpGet)
  }
}

const imageName =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::([\w][\w.-]{0,127}))?(@[\w+.:-]+)?$/

/** `latest`, said or meant, is pulled always; whatever cannot be read as an image name is not. */
export function pullPolicyOf(image: string | undefined): 'Always' | 'IfNotPresent' {
  const match = imageName.exec(image ?? '')
  if (match === null) return 'IfNotPresent'
  const [, tag, digest] = match
  const latest = tag === undefined ? digest === undefined : tag === 'latest'
  return latest ? 'Always' : 'IfNotPresent'
}

function defaultEnv(variable: EnvVar): void {
  const source = variable.valueFrom
  if (source === undefined) return
  if (source.fieldRef !== undefined) source.fieldRef.apiVersion ||= 'v1'
  if (source.resourceFieldRef !== undefined) source.resourceFieldRef.divisor ||= '0'
  if (source.fileKeyRef !== undefined) source.fileKeyRef.optional ??= false
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  defaultHttpGet(probe.httpGet)
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (action === undefined) return
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}
