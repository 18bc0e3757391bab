/** Upstream: pkg/registry/core/endpoint/strategy.go, pkg/apis/core/validation/validation.go. */
import type { EndpointAddress, EndpointPort, Endpoints } from '#api/core/v1.gen.ts'
import { required, type FieldError } from '#api/meta/field-error.ts'
import { endpoints as type } from '#api/resources.gen.ts'
import {
  checkEnum,
  checkLabel1123,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  empty,
  type Errors,
} from './checks/checks.ts'
import { checkIp, checkNonSpecialIp } from './checks/ip.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const endpoints = defineResource<Endpoints>({
  ...served(type),
  singular: 'endpoints',
  shortNames: ['ep'],
  storageKey: 'services/endpoints',
  allowCreateOnUpdate: true,
  validateName: subdomainName,
  default({ subsets }) {
    for (const { ports } of subsets ?? []) {
      for (const port of ports ?? []) port.protocol ||= 'TCP'
    }
  },
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    stringColumn('Endpoints', 'The set of all endpoints is the union of all subsets.', format),
    ageColumn(),
  ],
})

const shownMax = 3

function format({ subsets }: Endpoints): string {
  if (subsets === undefined || subsets.length === 0) return '<none>'
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  )
  const shown = all.slice(0, shownMax).join(',')
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

function validate({ subsets }: Endpoints): readonly FieldError[] {
  const errors: FieldError[] = []
  subsets?.forEach(({ addresses = [], notReadyAddresses = [], ports = [] }, index) => {
    const path = `subsets[${index}]`
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'))
    }
    addresses.forEach((address, at) => checkAddress(address, `${path}.addresses[${at}]`, errors))
    notReadyAddresses.forEach((address, at) => {
      checkAddress(address, `${path}.notReadyAddresses[${at}]`, errors)
    })
    ports.forEach((port, at) => {
      if (ports.length > 1 && empty(port.name)) {
        errors.push(required(`${path}.ports[${at}].name`, ''))
      }
      checkPort(port, `${path}.ports[${at}]`, errors)
    })
  })
  return errors
}

function checkAddress(address: EndpointAddress, path: string, errors: Errors): void {
  const valid = checkIp(address.ip ?? '', `${path}.ip`, errors)
  if (!empty(address.hostname)) checkLabel1123(address.hostname, `${path}.hostname`, errors)
  if (address.nodeName !== undefined) {
    checkSubdomain(address.nodeName, `${path}.nodeName`, errors)
  }
  if (valid) checkNonSpecialIp(address.ip, `${path}.ip`, errors)
}

function checkPort(port: EndpointPort, path: string, errors: Errors): void {
  if (!empty(port.name)) checkLabel1123(port.name, `${path}.name`, errors)
  checkPortNumber(port.port ?? 0, `${path}.port`, errors)
  checkEnum(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`, errors)
  if (port.appProtocol !== undefined) {
    checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors)
  }
}
