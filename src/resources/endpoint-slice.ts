/** Upstream: pkg/registry/discovery/endpointslice/strategy.go, pkg/apis/discovery/validation/validation.go. */
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooMany,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateLabelValue } from '#api/meta/names.ts'
import { endpointslices as type } from '#api/resources.gen.ts'
import {
  checkEnum,
  checkImmutable,
  checkLabel1123,
  checkLabels,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  empty,
  refuse,
  type Errors,
} from './checks/checks.ts'
import { checkNonSpecialIp, familyOf } from './checks/ip.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const endpointSlices = defineResource<EndpointSlice>({
  ...served(type),
  hasGeneration: true,
  validateName: subdomainName,
  default(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
    for (const endpoint of (slice.endpoints ??= [])) endpoint.conditions ??= {}
  },
  prepareForCreate(slice) {
    slice.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['addressType', 'endpoints', 'ports'])
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.addressType, prior.addressType, 'addressType', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice.',
      ({ addressType }) => addressType,
    ),
    stringColumn(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice.',
      ({ ports }) => abridged((ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))),
    ),
    stringColumn(
      'Endpoints',
      'endpoints is a list of unique endpoints in this slice.',
      ({ endpoints }) => abridged((endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
    ),
    ageColumn(),
  ],
})

const shownMax = 3

function abridged(items: readonly string[]): string {
  const shown = items.slice(0, shownMax).join(',')
  if (items.length > shownMax) return `${shown} + ${items.length - shownMax} more...`
  return shown === '' ? '<unset>' : shown
}

const limits = { endpointsMax: 1000, addressesMax: 100, portsMax: 20_000, hintsMax: 8 } as const
const addressTypes = ['FQDN', 'IPv4', 'IPv6']

function validate(slice: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = []
  checkEnum(slice.addressType, addressTypes, 'addressType', errors)
  const endpoints = slice.endpoints ?? []
  if (endpoints.length > limits.endpointsMax) {
    errors.push(tooMany('endpoints', endpoints.length, limits.endpointsMax))
  } else {
    endpoints.forEach((endpoint, at) => {
      checkEndpoint(endpoint, slice.addressType, `endpoints[${at}]`, errors)
    })
  }
  checkPorts(slice.ports ?? [], errors)
  return errors
}

function checkEndpoint(
  endpoint: Endpoint,
  addressType: string,
  path: string,
  errors: Errors,
): void {
  const addresses = endpoint.addresses ?? []
  const here = `${path}.addresses`
  if (addresses.length === 0) errors.push(required(here, 'must contain at least 1 address'))
  else if (addresses.length > limits.addressesMax) {
    errors.push(tooMany(here, addresses.length, limits.addressesMax))
  }
  addresses.forEach((address, at) => {
    checkAddress(address, addressType, `${here}[${at}]`, errors)
  })
  if (endpoint.nodeName !== undefined) {
    checkSubdomain(endpoint.nodeName, `${path}.nodeName`, errors)
  }
  checkTopology(endpoint, `${path}.deprecatedTopology`, errors)
  if (endpoint.hostname !== undefined) {
    checkLabel1123(endpoint.hostname, `${path}.hostname`, errors)
  }
  if (endpoint.hints !== undefined) checkHints(endpoint.hints, `${path}.hints`, errors)
}

function checkAddress(address: string, addressType: string, path: string, errors: Errors): void {
  if (addressType === 'FQDN') {
    checkSubdomain(address.replace(/\.$/, ''), path, errors)
    if (address.split('.').filter((part) => part !== '').length < 2) {
      const detail = 'should be a domain with at least two segments separated by dots'
      errors.push(invalidValue(path, address, detail))
    }
  } else if (familyOf(address) === addressType && !address.includes('/')) {
    checkNonSpecialIp(address, path, errors)
  } else if (addressType === 'IPv4' || addressType === 'IPv6') {
    errors.push(invalidValue(path, address, `must be a valid ${addressType} address`))
  }
}

const topologyLabelsMax = 16
const hostnameLabel = 'kubernetes.io/hostname'

function checkTopology({ deprecatedTopology }: Endpoint, path: string, errors: Errors): void {
  if (deprecatedTopology === undefined) return
  const count = Object.keys(deprecatedTopology).length
  if (count > topologyLabelsMax) errors.push(tooMany(path, count, topologyLabelsMax))
  checkLabels(deprecatedTopology, path, errors)
  if (deprecatedTopology[hostnameLabel] === undefined) return
  const detail = 'may not be set unless nodeName has the same value'
  errors.push(forbiddenField(`${path}[${hostnameLabel}]`, detail))
}

function checkHints(hints: NonNullable<Endpoint['hints']>, path: string, errors: Errors): void {
  for (const list of ['forZones', 'forNodes'] as const) {
    const names = (hints[list] ?? []).map(({ name }) => name)
    const here = `${path}.${list}`
    if (names.length > limits.hintsMax) {
      errors.push(tooMany(here, names.length, limits.hintsMax))
      continue
    }
    names.forEach((name, at) => {
      const itemPath = `${here}[${at}].name`
      if (names.indexOf(name) < at) errors.push(duplicate(itemPath, name))
      if (empty(name)) errors.push(required(itemPath, ''))
      else refuse(errors, itemPath, name, validateLabelValue(name))
    })
  }
}

const protocols = ['SCTP', 'TCP', 'UDP']

function checkPorts(ports: readonly EndpointPort[], errors: Errors): void {
  if (ports.length > limits.portsMax) {
    errors.push(tooMany('ports', ports.length, limits.portsMax))
    return
  }
  const names = new Set<string>()
  ports.forEach((port, at) => {
    const path = `ports[${at}]`
    const name = port.name ?? ''
    if (name !== '') checkLabel1123(name, `${path}.name`, errors)
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    names.add(name)
    if (port.protocol === undefined) errors.push(required(`${path}.protocol`, ''))
    else if (!protocols.includes(port.protocol)) {
      errors.push(notSupported(`${path}.protocol`, port.protocol, protocols))
    }
    if (port.port !== undefined) checkPortNumber(port.port, `${path}.port`, errors)
    if (port.appProtocol !== undefined) {
      checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors)
    }
  })
}
