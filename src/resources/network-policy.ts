/** Upstream: pkg/registry/networking/networkpolicy/strategy.go, pkg/apis/networking/validation/validation.go. */
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '#api/networking/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { validatePortName } from '#api/meta/names.ts'
import { networkpolicies as type } from '#api/resources.gen.ts'
import { checkPortNumber, empty, refuse, type Errors } from './checks/checks.ts'
import { checkCidr, isStrictSubset } from './checks/ip.ts'
import { checkLabelSelector } from './checks/label-selector.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const networkPolicies = defineResource<NetworkPolicy>({
  ...served(type),
  shortNames: ['netpol'],
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    if (spec === undefined) return
    spec.podSelector ??= {}
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    }
    if ((spec.policyTypes ?? []).length > 0) return
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  },
  prepareForCreate(policy) {
    policy.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['spec'])
  },
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    stringColumn(
      'Pod-Selector',
      'podSelector selects the pods to which this NetworkPolicy object applies.',
      ({ spec }) => formatLabelSelector(spec?.podSelector),
    ),
    ageColumn(),
  ],
})

const policyTypes = ['Ingress', 'Egress']

function validate({ spec }: NetworkPolicy): readonly FieldError[] {
  const errors: FieldError[] = []
  checkLabelSelector(spec?.podSelector ?? {}, 'spec.podSelector', errors)
  checkRules(spec ?? {}, errors)
  const types = spec?.policyTypes ?? []
  if (types.length > policyTypes.length) {
    const detail = 'may not specify more than two policyTypes'
    errors.push(invalidValue('spec.policyTypes', types, detail))
    return errors
  }
  types.forEach((name, at) => {
    if (policyTypes.includes(name)) return
    errors.push(notSupported(`spec.policyTypes[${at}]`, name, policyTypes))
  })
  return errors
}

function checkRules(spec: NetworkPolicySpec, errors: Errors): void {
  spec.ingress?.forEach(({ ports, from }, at) => {
    const path = `spec.ingress[${at}]`
    ports?.forEach((port, index) => checkPort(port, `${path}.ports[${index}]`, errors))
    from?.forEach((peer, index) => checkPeer(peer, `${path}.from[${index}]`, errors))
  })
  spec.egress?.forEach(({ ports, to }, at) => {
    const path = `spec.egress[${at}]`
    ports?.forEach((port, index) => checkPort(port, `${path}.ports[${index}]`, errors))
    to?.forEach((peer, index) => checkPeer(peer, `${path}.to[${index}]`, errors))
  })
}

const protocols = ['TCP', 'UDP', 'SCTP']

function checkPort(
  { protocol, port, endPort }: NetworkPolicyPort,
  path: string,
  errors: Errors,
): void {
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, protocols))
  }
  const here = `${path}.endPort`
  if (port === undefined) {
    if (endPort === undefined) return
    const detail = 'may not be specified when `port` is not specified'
    errors.push(invalidValue(here, endPort, detail))
  } else if (typeof port === 'string') {
    if (endPort !== undefined) {
      const detail = 'may not be specified when `port` is non-numeric'
      errors.push(invalidValue(here, endPort, detail))
    }
    refuse(errors, `${path}.port`, port, validatePortName(port))
  } else {
    checkPortNumber(port, `${path}.port`, errors)
    if (endPort === undefined) return
    if (endPort < port) {
      errors.push(invalidValue(here, port, 'must be greater than or equal to `port`'))
    }
    checkPortNumber(endPort, here, errors)
  }
}

function checkPeer(peer: NetworkPolicyPeer, path: string, errors: Errors): void {
  const { podSelector, namespaceSelector, ipBlock } = peer
  checkLabelSelector(podSelector, `${path}.podSelector`, errors)
  checkLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors)
  if (ipBlock !== undefined) checkBlock(ipBlock, `${path}.ipBlock`, errors)
  const selects = podSelector !== undefined || namespaceSelector !== undefined
  if (!selects && ipBlock === undefined) errors.push(required(path, 'must specify a peer'))
  else if (selects && ipBlock !== undefined) {
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'))
  }
}

function checkBlock({ cidr, except }: IPBlock, path: string, errors: Errors): void {
  if (empty(cidr)) {
    errors.push(required(`${path}.cidr`, ''))
    return
  }
  if (!checkCidr(cidr, `${path}.cidr`, errors)) return
  except?.forEach((part, at) => {
    const here = `${path}.except[${at}]`
    if (!checkCidr(part, here, errors) || isStrictSubset(part, cidr)) return
    errors.push(invalidValue(here, part, 'must be a strict subset of `cidr`'))
  })
}
