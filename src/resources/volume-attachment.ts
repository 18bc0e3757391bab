/** Upstream: pkg/registry/storage/volumeattachment/strategy.go, pkg/apis/storage/validation/validation.go. */
import type { VolumeAttachment, VolumeAttachmentStatus, VolumeError } from '#api/storage/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
  type FieldError,
} from '#api/meta/field-error.ts'
import { volumeattachments as type } from '#api/resources.gen.ts'
import { checkSubdomain, inclusiveRange, type Errors } from './checks/checks.ts'
import { utf8Bytes } from './checks/data.ts'
import { semanticEqual } from './checks/equality.ts'
import { checkCsiDriverName } from './checks/storage-sources.ts'
import { ageColumn, booleanColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'
import { checkInlineVolume } from './volume/validate.ts'

export const volumeAttachments = defineResource<VolumeAttachment>({
  ...served(type),
  status: true,
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(attachment) {
    attachment.status ??= { attached: false }
    attachment.status.attached ??= false
  },
  prepareForCreate(attachment) {
    attachment.status = { attached: false }
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate,
  validateStatusUpdate: validateUpdate,
  columns: [
    nameColumn(),
    {
      ...stringColumn<VolumeAttachment>(
        'Attacher',
        'attacher indicates the name of the volume driver that MUST handle this request.',
        ({ spec }) => spec.attacher,
      ),
      format: 'name',
    },
    stringColumn(
      'PV',
      'persistentVolumeName represents the name of the persistent volume to attach.',
      ({ spec }) => spec.source?.persistentVolumeName ?? '',
    ),
    stringColumn(
      'Node',
      'nodeName represents the node that the volume should be attached to.',
      ({ spec }) => spec.nodeName,
    ),
    booleanColumn(
      'Attached',
      'attached indicates the volume is successfully attached.',
      ({ status }) => status?.attached ?? false,
    ),
    ageColumn(),
  ],
})

function validate({ spec, status }: VolumeAttachment): readonly FieldError[] {
  const errors: FieldError[] = []
  if (!spec?.attacher) errors.push(required('spec.attacher', ''))
  checkSource(spec?.source ?? {}, 'spec.source', errors)
  checkSubdomain(spec?.nodeName ?? '', 'spec.nodeName', errors)
  checkStatus(status, errors)
  checkCsiDriverName(spec?.attacher, 'spec.attacher', errors)
  return errors
}

function checkSource(
  source: Partial<VolumeAttachment['spec']['source']>,
  path: string,
  errors: Errors,
): void {
  const { inlineVolumeSpec, persistentVolumeName } = source
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) {
    errors.push(required(path, one))
  } else if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) {
    errors.push(forbiddenField(path, one))
  } else if (inlineVolumeSpec !== undefined) {
    checkInlineVolume(inlineVolumeSpec, `${path}.inlineVolumeSpec`, errors)
  } else if (persistentVolumeName === '') {
    const detail = 'must specify non empty persistentVolumeName'
    errors.push(required(`${path}.persistentVolumeName`, detail))
  } else if (persistentVolumeName !== undefined) {
    checkSubdomain(persistentVolumeName, `${path}.persistentVolumeName`, errors)
  }
}

const metadataBytesMax = 256 * 1024
const messageBytesMax = 1024

function checkStatus(status: VolumeAttachmentStatus | undefined, errors: Errors): void {
  const entries = Object.entries(status?.attachmentMetadata ?? {})
  const bytes = entries.reduce((sum, [key, value]) => sum + utf8Bytes(key) + utf8Bytes(value), 0)
  if (bytes > metadataBytesMax) {
    errors.push(tooLong('status.attachmentMetadata', '', metadataBytesMax))
  }
  checkError(status?.attachError, 'status.attachError', errors)
  checkError(status?.detachError, 'status.detachError', errors)
}

function checkError(error: VolumeError | undefined, path: string, errors: Errors): void {
  if ((error?.message ?? '').length > messageBytesMax) {
    errors.push(tooLong(`${path}.message`, '', messageBytesMax))
  }
  const code = error?.errorCode ?? 0
  if (code < 0) {
    errors.push(invalidValue(`${path}.errorCode`, code, inclusiveRange(0, 2 ** 31 - 1)))
  }
}

function validateUpdate(next: VolumeAttachment, prior: VolumeAttachment): readonly FieldError[] {
  const errors: FieldError[] = [...validate(next)]
  if (!semanticEqual(next.spec, prior.spec)) {
    errors.push(invalidValue('spec', next.spec, 'field is immutable'))
  }
  return errors
}
