/** Upstream: pkg/apis/certificates/validation/validation.go. */
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import { readDer } from '#base/der.ts'
import type { Errors } from '#resources/checks/checks.ts'
import { checkSignerName } from '#resources/checks/signer-name.ts'

type Request = CertificateSigningRequest

const legacySigner = 'kubernetes.io/legacy-unknown'
const lifetimeSecondsMin = 600

const usages: readonly string[] = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

/** Of an object that was accepted as it is, only what changes is judged anew. */
export function validateRequest(request: Request, prior?: Request): readonly FieldError[] {
  return validate(request, prior, { decides: false, issues: false })
}

export function validateStatus(next: Request, prior: Request): readonly FieldError[] {
  return validate(next, prior, { decides: false, issues: true })
}

export function validateApproval(next: Request, prior: Request): readonly FieldError[] {
  return validate(next, prior, { decides: true, issues: false })
}

interface Rights {
  /** May add Approved and Denied. */
  readonly decides: boolean
  /** May set the certificate. */
  readonly issues: boolean
}

function validate(next: Request, prior: Request | undefined, rights: Rights): FieldError[] {
  const errors: FieldError[] = []
  checkSpec(next, prior, errors)
  checkConditions(next, prior, errors)
  const certificate = next.status?.certificate ?? ''
  if (certificate !== '' && certificate !== prior?.status?.certificate) {
    const detail = certificateProblem(certificate)
    const shown = '<certificate data>'
    if (detail !== undefined) errors.push(invalidValue('status.certificate', shown, detail))
  }
  if (prior !== undefined) checkChange(next, prior, { rights, errors })
  return errors
}

function checkSpec({ spec }: Request, prior: Request | undefined, errors: Errors): void {
  const problem = requestProblem(spec.request ?? '')
  if (problem !== undefined) errors.push(invalidValue('spec.request', spec.request, problem))
  const asked = spec.usages ?? []
  if (asked.length === 0) errors.push(required('spec.usages', 'usages must be provided'))
  if (prior === undefined) checkUsages(asked, errors)
  if (prior === undefined && spec.signerName === legacySigner) {
    const detail = 'the legacy signerName is not allowed via this API version'
    errors.push(invalidValue('spec.signerName', spec.signerName, detail))
  } else {
    checkSignerName(spec.signerName ?? '', 'spec.signerName', errors)
  }
  const { expirationSeconds } = spec
  if (expirationSeconds !== undefined && expirationSeconds < lifetimeSecondsMin) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)'
    errors.push(invalidValue('spec.expirationSeconds', expirationSeconds, detail))
  }
}

function checkUsages(asked: readonly string[], errors: Errors): void {
  asked.forEach((usage, at) => {
    if (!usages.includes(usage)) errors.push(notSupported(`spec.usages[${at}]`, usage, usages))
  })
  asked.forEach((usage, at) => {
    if (asked.indexOf(usage) !== at) errors.push(duplicate(`spec.usages[${at}]`, usage))
  })
}

function requestProblem(request: string): string | undefined {
  try {
    parseCertificateRequest(atob(request))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const pemBlock = /-----BEGIN ([^-]*)-----([^-]*)-----END \1-----/g

/** The blocks of a PEM text that are not certificates, or none at all. */
function certificateProblem(certificate: string): string | undefined {
  const blocks = [...atob(certificate).matchAll(pemBlock)]
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const [, label = '', body = ''] of blocks) {
    if (label !== 'CERTIFICATE') {
      return `only CERTIFICATE PEM blocks are allowed, found ${goQuote(label)}`
    }
    if (body.includes(':')) return 'no PEM block headers are permitted'
    try {
      readDer(Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0)))
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return undefined
}

/** Conditions that can only be true: to take a decision back is not foreseen. */
const onlyTrue: readonly string[] = ['Approved', 'Denied', 'Failed']

function checkConditions(request: Request, prior: Request | undefined, errors: Errors): void {
  const conditions = request.status?.conditions ?? []
  const types = conditions.map(({ type }) => type)
  const wereBoth = countOf(prior, 'Approved') > 0 && countOf(prior, 'Denied') > 0
  conditions.forEach(({ type, status }, at) => {
    const path = `status.conditions[${at}]`
    if (type === '') errors.push(required(`${path}.type`, ''))
    const supported = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    if (!status) errors.push(required(`${path}.status`, ''))
    else if (!supported.includes(status)) {
      errors.push(notSupported(`${path}.status`, status, supported))
    }
    const opposite = { Approved: 'Denied', Denied: 'Approved' }[type]
    if (!wereBoth && opposite !== undefined && types.slice(0, at).includes(opposite)) {
      const detail = 'Approved and Denied conditions are mutually exclusive'
      errors.push(invalidValue(`${path}.type`, type, detail))
    }
    if (types.indexOf(type) !== at && countOf(prior, type) < 2) {
      errors.push(duplicate(`${path}.type`, type))
    }
  })
}

function countOf(request: Request | undefined, type: string): number {
  return (request?.status?.conditions ?? []).filter((one) => one.type === type).length
}

function checkChange(
  next: Request,
  prior: Request,
  { rights, errors }: { readonly rights: Rights; readonly errors: Errors },
): void {
  for (const type of onlyTrue) {
    if (countOf(next, type) >= countOf(prior, type)) continue
    const detail = `updates may not remove a condition of type ${goQuote(type)}`
    errors.push(forbiddenField('status.conditions', detail))
  }
  for (const type of rights.decides ? [] : ['Approved', 'Denied']) {
    if (countOf(next, type) <= countOf(prior, type)) continue
    const detail = `updates may not add a condition of type ${goQuote(type)}`
    errors.push(forbiddenField('status.conditions', detail))
  }
  const [is = '', was = ''] = [next.status?.certificate, prior.status?.certificate]
  if (is === was) return
  if (!rights.issues) {
    errors.push(forbiddenField('status.certificate', 'updates may not set certificate content'))
  } else if (was !== '') {
    const detail = 'updates may not modify existing certificate content'
    errors.push(forbiddenField('status.certificate', detail))
  }
}
