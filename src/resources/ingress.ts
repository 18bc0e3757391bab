/** Upstream: pkg/registry/networking/ingress/strategy.go, pkg/apis/networking/validation/validation.go. */
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressTLS,
} from '#api/networking/v1.gen.ts'
import { invalidValue, notSupported, required, type FieldError } from '#api/meta/field-error.ts'
import {
  validateDns1035Label,
  validateDns1123Subdomain,
  validatePortName,
  validateWildcardDns1123Subdomain,
} from '#api/meta/names.ts'
import { ingresses as type } from '#api/resources.gen.ts'
import { checkPortNumber, checkSubdomain, empty, refuse, type Errors } from './checks/checks.ts'
import { checkIp, isIp } from './checks/ip.ts'
import { checkTypedReference } from './checks/references.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

const classAnnotation = 'kubernetes.io/ingress.class'

export const ingresses = defineResource<Ingress>({
  ...served(type),
  shortNames: ['ing'],
  storageKey: 'ingress',
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default(ingress) {
    ingress.status ??= {}
    ingress.status.loadBalancer ??= {}
  },
  prepareForCreate(ingress) {
    ingress.metadata.generation = 1
    ingress.status = { loadBalancer: {} }
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate(ingress) {
    const errors: FieldError[] = []
    checkSpec(ingress.spec ?? {}, errors)
    const annotated = ingress.metadata.annotations?.[classAnnotation]
    const className = ingress.spec?.ingressClassName
    if (annotated !== undefined && className !== undefined && annotated !== className) {
      const detail = 'must match `ingressClassName` when both are specified'
      errors.push(invalidValue(`annotations.${classAnnotation}`, annotated, detail))
    }
    return errors
  },
  validateUpdate(next) {
    const errors: FieldError[] = []
    checkSpec(next.spec ?? {}, errors)
    return errors
  },
  validateStatusUpdate: validateStatus,
  warnings({ metadata, spec }) {
    const warned = metadata.annotations?.[classAnnotation] !== undefined
    if (!warned || spec?.ingressClassName !== undefined) return []
    return [
      `annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`,
    ]
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Class',
      'The name of the IngressClass resource that should be used for additional configuration',
      ({ spec }) => spec?.ingressClassName ?? '<none>',
    ),
    stringColumn(
      'Hosts',
      'Hosts that incoming requests are matched against before the ingress rule',
      hosts,
    ),
    stringColumn(
      'Address',
      'Address is a list containing ingress points for the load-balancer',
      addresses,
    ),
    stringColumn('Ports', 'Ports of TLS configurations that open', ({ spec }) =>
      (spec?.tls ?? []).length === 0 ? '80' : '80, 443',
    ),
    ageColumn(),
  ],
})

const hostsShownMax = 3

function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const named = rules.map(({ host }) => host).filter((host) => !empty(host))
  if (named.length === 0) return '*'
  const shown = named.slice(0, hostsShownMax).join(',')
  const cut = named.length >= hostsShownMax && rules.length > hostsShownMax
  return cut ? `${shown} + ${rules.length - hostsShownMax} more...` : shown
}

function addresses({ status }: Ingress): string {
  const points = status?.loadBalancer?.ingress ?? []
  return [...new Set(points.flatMap(({ ip, hostname }) => ip || hostname || []))]
    .toSorted()
    .join(',')
}

function checkSpec(spec: IngressSpec, errors: Errors): void {
  const rules = spec.rules ?? []
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified'
    errors.push(invalidValue('spec', rules, detail))
  }
  if (spec.defaultBackend !== undefined) {
    checkBackend(spec.defaultBackend, 'spec.defaultBackend', errors)
  }
  rules.forEach((rule, at) => checkRule(rule, `spec.rules[${at}]`, errors))
  spec.tls?.forEach((tls, at) => checkTls(tls, `spec.tls[${at}]`, errors))
  if (spec.ingressClassName !== undefined) {
    checkSubdomain(spec.ingressClassName, 'spec.ingressClassName', errors)
  }
}

function checkHost(host: string, path: string, errors: Errors): void {
  const validate = host.includes('*') ? validateWildcardDns1123Subdomain : validateDns1123Subdomain
  refuse(errors, path, host, validate(host))
}

function checkTls(tls: IngressTLS, path: string, errors: Errors): void {
  tls.hosts?.forEach((host, at) => checkHost(host, `${path}.hosts[${at}]`, errors))
  if (!empty(tls.secretName)) checkSubdomain(tls.secretName, `${path}.secretName`, errors)
}

function checkRule(rule: IngressRule, path: string, errors: Errors): void {
  if (!empty(rule.host)) {
    if (isIp(rule.host)) {
      const detail = 'must be a DNS name, not an IP address'
      errors.push(invalidValue(`${path}.host`, rule.host, detail))
    }
    checkHost(rule.host, `${path}.host`, errors)
  }
  if (rule.http === undefined) return
  const paths = rule.http.paths ?? []
  if (paths.length === 0) errors.push(required(`${path}.http.paths`, ''))
  paths.forEach((entry, at) => checkPath(entry, `${path}.http.paths[${at}]`, errors))
}

const forbiddenSequences = ['//', '/./', '/../', '%2f', '%2F']
const forbiddenEndings = ['/..', '/.']

function checkPath(entry: HTTPIngressPath, path: string, errors: Errors): void {
  const here = `${path}.path`
  const text = entry.path ?? ''
  const absolute = text.startsWith('/')
  switch (entry.pathType) {
    case 'Exact':
    case 'Prefix':
      if (!absolute) errors.push(invalidValue(here, text, 'must be an absolute path'))
      for (const part of forbiddenSequences) {
        if (text.includes(part)) errors.push(invalidValue(here, text, `must not contain '${part}'`))
      }
      for (const end of forbiddenEndings) {
        if (text.endsWith(end)) errors.push(invalidValue(here, text, `cannot end with '${end}'`))
      }
      break
    case 'ImplementationSpecific':
      if (text !== '' && !absolute) {
        errors.push(invalidValue(here, text, 'must be an absolute path'))
      }
      break
    default:
      if (empty(entry.pathType)) {
        errors.push(required(`${path}.pathType`, 'pathType must be specified'))
        return
      }
      errors.push(
        notSupported(`${path}.pathType`, entry.pathType, [
          'Exact',
          'ImplementationSpecific',
          'Prefix',
        ]),
      )
  }
  checkBackend(entry.backend ?? {}, `${path}.backend`, errors)
}

function checkBackend(backend: IngressBackend, path: string, errors: Errors): void {
  const { resource, service } = backend
  if (resource !== undefined && service !== undefined) {
    errors.push(invalidValue(path, '', 'cannot set both resource and service backends'))
  } else if (resource !== undefined) checkTypedReference(resource, `${path}.resource`, errors)
  else if (service !== undefined) checkServiceBackend(service, path, errors)
  else errors.push(invalidValue(path, '', 'resource or service backend is required'))
}

function checkServiceBackend(
  service: NonNullable<IngressBackend['service']>,
  path: string,
  errors: Errors,
): void {
  const here = `${path}.service`
  if (empty(service.name)) errors.push(required(`${here}.name`, ''))
  else refuse(errors, `${here}.name`, service.name, validateDns1035Label(service.name))
  const name = service.port?.name ?? ''
  const number = service.port?.number ?? 0
  if (name !== '' && number !== 0) {
    errors.push(invalidValue(path, '', 'cannot set both port name & port number'))
  } else if (name !== '') refuse(errors, `${here}.port.name`, name, validatePortName(name))
  else if (number !== 0) checkPortNumber(number, `${here}.port.number`, errors)
  else errors.push(required(path, 'port name or number is required'))
}

function validateStatus({ status }: Ingress): readonly FieldError[] {
  const errors: FieldError[] = []
  status?.loadBalancer?.ingress?.forEach(({ ip, hostname }, at) => {
    const path = `status.loadBalancer.ingress[${at}]`
    if (!empty(ip)) checkIp(ip, `${path}.ip`, errors)
    if (empty(hostname)) return
    checkSubdomain(hostname, `${path}.hostname`, errors)
    if (isIp(hostname)) {
      const detail = 'must be a DNS name, not an IP address'
      errors.push(invalidValue(`${path}.hostname`, hostname, detail))
    }
  })
  return errors
}
