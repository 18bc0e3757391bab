/** Upstream: describe.go, CertificateSigningRequestDescriber. */
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import type { CertificateRequest } from '#base/certificate-request.ts'
import { humanDuration } from '#api/meta/time.ts'
import { CommandError } from '#kubectl/errors.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { created, formatLabels, name } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { valuesOf } from './certificate-subject.ts'
import type { NamePart } from './certificate-subject.ts'

/** Parts of a subject that may have several values, in the order in which they are told. */
const listed: readonly (readonly [NamePart, string])[] = [
  ['organization', 'Organization'],
  ['organizationalUnit', 'Organizational Unit'],
  ['country', 'Country'],
  ['locality', 'Locality'],
  ['province', 'Province'],
  ['streetAddress', 'StreetAddress'],
  ['postalCode', 'PostalCode'],
]

export const certificateSigningRequest = describer<CertificateSigningRequest, CertificateRequest>({
  version: 'v1',
  related: async ({ spec }) => {
    try {
      return parseCertificateRequest(Buffer.from(spec.request, 'base64').toString())
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new CommandError(`Error parsing CSR: ${message}`)
    }
  },
  sections: [
    name,
    ['Labels', ({ metadata }) => formatLabels(metadata.labels)],
    ['Annotations', ({ metadata }) => formatLabels(metadata.annotations)],
    created,
    ['Requesting User', ({ spec }) => spec.username ?? ''],
    ['Signer', ({ spec }) => spec.signerName || undefined],
    [
      'Requested Duration',
      ({ spec }) =>
        spec.expirationSeconds === undefined
          ? undefined
          : humanDuration(spec.expirationSeconds * 1000),
    ],
    ['Status', statusText],
    (w, _object, { related }) => writeSubject(w, related),
    (w, _object, { related }) => writeAlternativeNames(w, related),
  ],
})

function statusText({ status }: CertificateSigningRequest): string {
  const has = (wanted: string): boolean =>
    (status?.conditions ?? []).some(({ type }) => type === wanted)
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  const failed = has('Failed') ? ',Failed' : ''
  return `${verdict}${failed}${(status?.certificate ?? '') === '' ? '' : ',Issued'}`
}

function writeSubject(w: PrefixWriter, { subject }: CertificateRequest): void {
  const last = (part: NamePart): string => valuesOf(subject, part).at(-1) ?? ''
  w.write(0, 'Subject:\n')
  w.write(0, `\tCommon Name:\t${last('commonName')}\n`)
  w.write(0, `\tSerial Number:\t${last('serialNumber')}\n`)
  for (const [part, title] of listed) writeList(w, title, valuesOf(subject, part))
}

function writeAlternativeNames(w: PrefixWriter, request: CertificateRequest): void {
  const { dnsNames, emailAddresses, uris, ipAddresses } = request
  if (dnsNames.length + emailAddresses.length + uris.length + ipAddresses.length === 0) return
  w.write(0, 'Subject Alternative Names:\n')
  writeList(w, 'DNS Names', dnsNames)
  writeList(w, 'Email Addresses', emailAddresses)
  writeList(w, 'URIs', uris)
  writeList(w, 'IP Addresses', ipAddresses.map(shortAddress))
}

/** `2001:db8:0:0:0:0:0:1` → `2001:db8::1`. */
function shortAddress(address: string): string {
  if (!address.includes(':')) return address
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function writeList(w: PrefixWriter, title: string, values: readonly string[]): void {
  if (values.length > 0) w.write(0, `\t${title}:\t${values.join('\n\t\t')}\n`)
}
