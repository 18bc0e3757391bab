/** Upstream: pkg/registry/core/node/strategy.go, pkg/apis/core/validation/validation.go, ValidateNode. */
import type { Node, NodeSystemInfo, Taint } from '#api/core/v1.gen.ts'
import { duplicate, forbiddenField, invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { validateLabelValue } from '#api/meta/names.ts'
import { nodes as type } from '#api/resources.gen.ts'
import { checkEnum, checkQualifiedName, empty, type Errors } from './checks/checks.ts'
import { checkCidr, isDualStack } from './checks/ip.ts'
import { checkResourceQuantity } from './checks/resources.ts'
import { ageColumn, nameColumn, stringColumn, wide } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { subdomainName } from './names.ts'
import { taintEffects } from './pod/validate-scheduling.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

const addresses =
  'List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses'

export const nodes = defineResource<Node>({
  ...served(type),
  shortNames: ['no'],
  storageKey: 'minions',
  status: true,
  subresources: ['proxy'],
  validateName: subdomainName,
  default(node) {
    node.spec ??= {}
    mirrorPodCidr(node)
    const status = (node.status ??= {})
    status.daemonEndpoints ??= {}
    status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 }
    status.nodeInfo = { ...unknownSystem, ...status.nodeInfo }
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate,
  validateStatusUpdate: validateUpdate,
  columns: [
    nameColumn(),
    stringColumn('Status', 'The status of the node', statusOf),
    stringColumn('Roles', 'The roles of the node', rolesOf),
    ageColumn(),
    stringColumn(
      'Version',
      'Kubelet Version reported by the node.',
      ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
    ),
    wide(stringColumn('Internal-IP', addresses, (node) => addressOf(node, 'InternalIP'))),
    wide(stringColumn('External-IP', addresses, (node) => addressOf(node, 'ExternalIP'))),
    wide(
      stringColumn(
        'OS-Image',
        'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
        ({ status }) => status?.nodeInfo?.osImage || '<unknown>',
      ),
    ),
    wide(
      stringColumn(
        'Kernel-Version',
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
        ({ status }) => status?.nodeInfo?.kernelVersion || '<unknown>',
      ),
    ),
    wide(
      stringColumn(
        'Container-Runtime',
        'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
        ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
      ),
    ),
  ],
  selectableFields: {
    'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false),
  },
})

const unknownSystem: NodeSystemInfo = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}

/** podCIDR is the first of podCIDRs; either may be given alone. */
function mirrorPodCidr({ spec }: Node): void {
  if (spec === undefined) return
  const first = spec.podCIDRs?.[0]
  if (first !== undefined) spec.podCIDR = first
  else if (!empty(spec.podCIDR)) spec.podCIDRs = [spec.podCIDR]
}

function statusOf(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady']
  if (node.spec?.unschedulable === true) words.push('SchedulingDisabled')
  return words.join(',')
}

const rolePrefix = 'node-role.kubernetes.io/'

function rolesOf(node: Node): string {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix)) roles.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role') roles.add(value)
  }
  roles.delete('')
  return roles.size === 0 ? '<none>' : [...roles].toSorted().join(',')
}

function addressOf(node: Node, kind: string): string {
  return node.status?.addresses?.find((address) => address.type === kind)?.address ?? '<none>'
}

function validate(node: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  checkTaints(node.spec?.taints ?? [], errors)
  checkCapacity(node, errors)
  checkPodCidrs(node.spec?.podCIDRs ?? [], errors)
  return errors
}

function checkTaints(taints: readonly Taint[], errors: Errors): void {
  const seen = new Set<string>()
  taints.forEach((taint, at) => {
    const path = `metadata.taints[${at}]`
    checkQualifiedName(taint.key ?? '', `${path}.key`, errors)
    const messages = validateLabelValue(taint.value ?? '')
    if (messages.length > 0) {
      errors.push(invalidValue(`${path}.value`, taint.value, messages.join(';')))
    }
    checkEnum(taint.effect, taintEffects, `${path}.effect`, errors)
    const key = `${taint.key}:${taint.effect}`
    if (seen.has(key)) {
      const detail = 'taints must be unique by key and effect pair'
      errors.push({ type: 'Duplicate', field: path, value: taint, detail })
    }
    seen.add(key)
  })
}

function checkCapacity(node: Node, errors: Errors): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(node.status?.[list] ?? {})) {
      checkResourceQuantity(name, quantity, `status.${list}.${name}`, errors)
    }
  }
}

function checkPodCidrs(cidrs: readonly string[], errors: Errors): void {
  const path = 'spec.podCIDRs'
  cidrs.forEach((cidr, at) => checkCidr(cidr, `${path}[${at}]`, errors))
  if (cidrs.length < 2) return
  if (cidrs.length > 2 || !isDualStack(cidrs)) {
    const detail = 'may specify no more than one CIDR for each IP family'
    errors.push(invalidValue(path, cidrs, detail))
  }
  cidrs.forEach((cidr, at) => {
    if (cidrs.indexOf(cidr) < at) errors.push(duplicate(`${path}[${at}]`, cidr))
  })
}

function validateUpdate(next: Node, prior: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  checkCapacity(next, errors)
  checkAddresses(next, errors)
  const before = prior.spec?.podCIDRs ?? []
  const after = next.spec?.podCIDRs ?? []
  if (
    before.length > 0 &&
    (before.length !== after.length || before.some((cidr, at) => cidr !== after[at]))
  ) {
    const detail = 'node updates may not change podCIDR except from "" to valid'
    errors.push(forbiddenField('spec.podCIDRs', detail))
  }
  if (!empty(prior.spec?.providerID) && prior.spec?.providerID !== next.spec?.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid'
    errors.push(forbiddenField('spec.providerID', detail))
  }
  checkTaints(next.spec?.taints ?? [], errors)
  if ((next.spec?.externalID ?? '') !== (prior.spec?.externalID ?? '')) {
    errors.push(forbiddenField('spec.externalID', 'may not be updated'))
  }
  return errors
}

function checkAddresses(node: Node, errors: Errors): void {
  const seen = new Set<string>()
  node.status?.addresses?.forEach((address, at) => {
    const key = `${address.type}/${address.address}`
    if (seen.has(key)) errors.push(duplicate(`status.addresses[${at}]`, address))
    seen.add(key)
  })
}
