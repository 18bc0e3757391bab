/** Upstream: pkg/registry/certificates/certificates/strategy.go. */
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '#api/certificates/v1.gen.ts'
import { humanDuration } from '#api/meta/time.ts'
import { certificatesigningrequests as type } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import { ageColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import { keepSpec, keepStatus } from '#resources/generation.ts'
import { pathSegmentName } from '#resources/names.ts'
import { defineResource, type WriteContext } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { validateApproval, validateRequest, validateStatus } from './validate.ts'

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  ...served(type),
  shortNames: ['csr'],
  status: true,
  subresources: ['approval'],
  validateName: pathSegmentName,
  prepareForCreate(request, { user }) {
    const { username: _name, uid: _uid, groups: _groups, extra: _extra, ...asked } = request.spec
    const extra = Object.entries(user.extra ?? {}).map(([key, values]) => [key, [...values]])
    request.spec = {
      ...asked,
      username: user.name,
      ...(user.uid !== undefined && user.uid !== '' && { uid: user.uid }),
      ...(user.groups.length > 0 && { groups: [...user.groups] }),
      ...(extra.length > 0 && { extra: Object.fromEntries(extra) as Record<string, string[]> }),
    }
    request.status = {}
  },
  prepareForUpdate(next, prior) {
    keepSpec(next, prior)
    keepStatus(next, prior)
  },
  prepareForStatusUpdate(next, prior, context) {
    keepSpec(next, prior)
    for (const kind of ['Approved', 'Denied']) keepConditions(next, prior, kind)
    stampConditions(next, prior, context)
  },
  validate: (request) => validateRequest(request),
  validateUpdate: validateRequest,
  validateStatusUpdate: validateStatus,
  subresourceUpdates: {
    approval: {
      prepareForUpdate(next, prior, context) {
        keepSpec(next, prior)
        const { conditions } = next.status ?? {}
        next.status = { ...prior.status, ...(conditions !== undefined && { conditions }) }
        if (conditions === undefined) delete next.status.conditions
        stampConditions(next, prior, context)
      },
      validateUpdate: validateApproval,
    },
  },
  columns: [
    nameColumn(),
    ageColumn(),
    stringColumn(
      'SignerName',
      'signerName indicates the requested signer, and is a qualified name.',
      ({ spec }) => spec.signerName || '<none>',
    ),
    stringColumn(
      'Requestor',
      'The user who asks for the certificate.',
      ({ spec }) => spec.username ?? '',
    ),
    stringColumn(
      'RequestedDuration',
      'How long the certificate should be valid.',
      ({ spec: { expirationSeconds } }) =>
        expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
    ),
    stringColumn(
      'Condition',
      'What has been decided, and whether the certificate was issued.',
      conditionOf,
    ),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
})

/** Upstream: pkg/printers/internalversion/printers.go, extractCSRStatus. */
function conditionOf({ status }: CertificateSigningRequest): string {
  const has = (wanted: string) => status?.conditions?.some((one) => one.type === wanted) === true
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return [
    decided,
    ...(has('Failed') ? ['Failed'] : []),
    ...(status?.certificate ? ['Issued'] : []),
  ].join(',')
}

type Request = CertificateSigningRequest

function conditionsOf(request: Request, type: string): CertificateSigningRequestCondition[] {
  return (request.status?.conditions ?? []).filter((condition) => condition.type === type)
}

/** As many as there were: they are what they were. Otherwise validation says what is wrong. */
function keepConditions(next: Request, prior: Request, type: string): void {
  const kept = conditionsOf(prior, type)
  if (next.status?.conditions === undefined || conditionsOf(next, type).length !== kept.length) {
    return
  }
  next.status.conditions = next.status.conditions.map((condition) =>
    condition.type === type ? (kept.shift() ?? condition) : condition,
  )
}

function stampConditions(next: Request, prior: Request, { nowMs }: WriteContext): void {
  if (next.status?.conditions === undefined) return
  const now = timestamp(nowMs)
  next.status.conditions = next.status.conditions.map((condition) => ({
    ...condition,
    lastUpdateTime: condition.lastUpdateTime ?? now,
    lastTransitionTime:
      condition.lastTransitionTime ??
      conditionsOf(prior, condition.type).find(({ status }) => status === condition.status)
        ?.lastTransitionTime ??
      now,
  }))
}
