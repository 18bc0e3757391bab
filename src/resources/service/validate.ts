/** Upstream: pkg/apis/core/validation/validation.go, ValidateService. */
import type { Service, ServicePort, ServiceSpec } from '#api/core/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import {
  checkEnum,
  checkLabel1123,
  checkLabels,
  checkPortNumber,
  checkPortNumberOrName,
  checkQualifiedName,
  checkSubdomain,
  checkSupported,
  empty,
  type Errors,
} from '#resources/checks/checks.ts'
import { checkCidr, checkIp, checkNonSpecialIp } from '#resources/checks/ip.ts'
import { isExternallyAccessible, isHeadless, needsHealthCheck } from './kinds.ts'
import { checkClusterIps } from './validate-addresses.ts'

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const policies = ['Cluster', 'Local']
const topologyMode = 'service.kubernetes.io/topology-mode'
const topologyHints = 'service.kubernetes.io/topology-aware-hints'

export function validateService(service: Service): readonly FieldError[] {
  const errors: FieldError[] = []
  const { spec } = service
  checkTopologyAnnotations(service, errors)
  checkType(spec, errors)
  checkPorts(spec, errors)
  checkLabels(spec.selector, 'spec.selector', errors)
  checkAffinity(spec, errors)
  checkClusterIps(spec, errors)
  spec.externalIPs?.forEach((ip, at) => {
    const path = `spec.externalIPs[${at}]`
    if (checkIp(ip, path, errors)) checkNonSpecialIp(ip, path, errors)
  })
  checkEnum(spec.type, types, 'spec.type', errors)
  checkPortUses(spec, errors)
  checkSourceRanges(service, errors)
  checkLoadBalancer(spec, errors)
  checkTraffic(spec, errors)
  return errors
}

function checkTopologyAnnotations({ metadata }: Service, errors: Errors): void {
  const mode = metadata.annotations?.[topologyMode]
  const hints = metadata.annotations?.[topologyHints]
  if (mode === undefined || hints === undefined || mode === hints) return
  const detail = `must match annotations[${topologyHints}] when both are specified`
  errors.push(invalidValue(`metadata.annotations[${topologyMode}]`, mode, detail))
}

const kubeletPort = 10250

function checkType(spec: ServiceSpec, errors: Errors): void {
  const ports = spec.ports ?? []
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports', ''))
  }
  if (spec.type === 'LoadBalancer') {
    ports.forEach(({ port }, at) => {
      if (port !== kubeletPort) return
      const detail = `may not expose port ${kubeletPort} externally since it is used by kubelet`
      errors.push(invalidValue(`spec.ports[${at}]`, port, detail))
    })
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const detail = `may not be set to 'None' for ${spec.type} services`
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', detail))
  }
  if (spec.type === 'ExternalName') checkExternalName(spec, errors)
}

function checkExternalName(spec: ServiceSpec, errors: Errors): void {
  const detail = 'may not be set for ExternalName services'
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbiddenField('spec.clusterIPs', detail))
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbiddenField('spec.ipFamilies', detail))
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(forbiddenField('spec.ipFamilyPolicy', detail))
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') errors.push(required('spec.externalName', ''))
  else checkSubdomain(name, 'spec.externalName', errors)
}

function checkPorts(spec: ServiceSpec, errors: Errors): void {
  const names = new Set<string>()
  const ports = spec.ports ?? []
  ports.forEach((port, at) => {
    const path = `spec.ports[${at}]`
    if (empty(port.name)) {
      if (ports.length > 1) errors.push(required(`${path}.name`, ''))
    } else {
      checkLabel1123(port.name, `${path}.name`, errors)
      if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name))
      names.add(port.name)
    }
    checkPortNumber(port.port ?? 0, `${path}.port`, errors)
    checkEnum(port.protocol, protocols, `${path}.protocol`, errors)
    checkPortNumberOrName(port.targetPort, `${path}.targetPort`, errors)
    if (port.appProtocol !== undefined) {
      checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors)
    }
  })
}

const affinitySecondsMax = 24 * 60 * 60

function checkAffinity(spec: ServiceSpec, errors: Errors): void {
  checkEnum(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors)
  const path = 'spec.sessionAffinityConfig'
  const config = spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'None' && config !== undefined) {
    errors.push(forbiddenField(path, 'must not be set when session affinity is None'))
  }
  if (spec.sessionAffinity !== 'ClientIP') return
  const detail = 'when session affinity type is ClientIP'
  const seconds = config?.clientIP?.timeoutSeconds
  if (config === undefined) errors.push(required(path, detail))
  else if (config.clientIP === undefined) errors.push(required(`${path}.clientIP`, detail))
  else if (seconds === undefined) {
    errors.push(required(`${path}.clientIP.timeoutSeconds`, detail))
  } else if (seconds <= 0 || seconds > affinitySecondsMax) {
    errors.push(
      invalidValue(
        `${path}.clientIP.timeoutSeconds`,
        seconds,
        `must be greater than 0 and less than ${affinitySecondsMax}`,
      ),
    )
  }
}

function checkPortUses(spec: ServiceSpec, errors: Errors): void {
  const ports = spec.ports ?? []
  if (spec.type === 'ClusterIP') {
    ports.forEach(({ nodePort }, at) => {
      if (!nodePort) return
      const detail = "may not be used when `type` is 'ClusterIP'"
      errors.push(forbiddenField(`spec.ports[${at}].nodePort`, detail))
    })
  }
  const same = (field: 'nodePort' | 'port', at: number): boolean => {
    const { protocol, [field]: number } = ports[at] as ServicePort
    return ports.findIndex((port) => port.protocol === protocol && port[field] === number) < at
  }
  ports.forEach(({ nodePort }, at) => {
    if (nodePort && same('nodePort', at)) {
      errors.push(duplicate(`spec.ports[${at}].nodePort`, nodePort))
    }
  })
  ports.forEach(({ protocol, port }, at) => {
    if (same('port', at)) errors.push(duplicate(`spec.ports[${at}]`, { protocol, port }))
  })
}

const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges'

function checkSourceRanges({ spec, metadata }: Service, errors: Errors): void {
  const ranges = spec.loadBalancerSourceRanges ?? []
  const annotated = metadata.annotations?.[sourceRanges]
  const ofField = ranges.length > 0
  if (!ofField && annotated === undefined) return
  const path = ofField ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${sourceRanges}]`
  if (spec.type !== 'LoadBalancer') {
    errors.push(forbiddenField(path, "may only be used when `type` is 'LoadBalancer'"))
  }
  if (ofField) {
    ranges.forEach((range, at) => checkCidr(range.trim(), `${path}[${at}]`, errors))
  } else if (annotated !== undefined && annotated.trim() !== '') {
    for (const range of annotated.split(',')) checkCidr(range.trim(), path, errors)
  }
}

function checkLoadBalancer(spec: ServiceSpec, errors: Errors): void {
  const detail = "may only be used when `type` is 'LoadBalancer'"
  const balanced = spec.type === 'LoadBalancer'
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', detail))
  }
  if (balanced && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.push(required('allocateLoadBalancerNodePorts', ''))
  }
  if (spec.loadBalancerClass === undefined) return
  if (balanced) checkQualifiedName(spec.loadBalancerClass, 'spec.loadBalancerClass', errors)
  else errors.push(forbiddenField('spec.loadBalancerClass', detail))
}

const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone']

function checkTraffic(spec: ServiceSpec, errors: Errors): void {
  const path = 'spec.externalTrafficPolicy'
  if (isExternallyAccessible(spec)) {
    checkEnum(spec.externalTrafficPolicy, policies, path, errors)
  } else if (!empty(spec.externalTrafficPolicy)) {
    const detail = 'may only be set for externally-accessible services'
    errors.push(invalidValue(path, spec.externalTrafficPolicy, detail))
  }
  checkHealthCheck(spec, errors)
  if (spec.internalTrafficPolicy !== undefined) {
    checkSupported(spec.internalTrafficPolicy, policies, 'spec.internalTrafficPolicy', errors)
  } else if (spec.type !== 'ExternalName' && types.includes(spec.type ?? '')) {
    errors.push(required('spec.internalTrafficPolicy', ''))
  }
  checkSupported(spec.trafficDistribution, distributions, 'spec.trafficDistribution', errors)
}

function checkHealthCheck(spec: ServiceSpec, errors: Errors): void {
  const path = 'spec.healthCheckNodePort'
  const port = spec.healthCheckNodePort ?? 0
  if (!needsHealthCheck(spec)) {
    if (port === 0) return
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    errors.push(invalidValue(path, port, detail))
  } else if (port === 0) errors.push(required(path, ''))
  else checkPortNumber(port, path, errors)
}
