/** Upstream: pkg/apis/core/validation/validation.go, validateProjectionSources. */
import type {
  ClusterTrustBundleProjection,
  DownwardAPIVolumeFile,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { checkRequired, empty, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'
import { checkFileMode, checkLocalPath } from '#resources/checks/paths.ts'
import { checkSignerName } from '#resources/checks/signer-name.ts'
import { checkFieldSelector, checkResourceFieldSelector } from './validate-env.ts'
import { checkItems } from './validate-volumes.ts'

const fileFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]

export function checkDownwardFile(file: DownwardAPIVolumeFile, path: string, errors: Errors): void {
  checkRequired(file.path, `${path}.path`, errors)
  checkLocalPath(file.path ?? '', `${path}.path`, errors)
  if (file.fieldRef !== undefined) {
    checkFieldSelector(file.fieldRef, fileFields, `${path}.fieldRef`, errors)
    if (file.resourceFieldRef !== undefined) {
      errors.push(
        invalidValue(
          path,
          'resource',
          'fieldRef and resourceFieldRef can not be specified simultaneously',
        ),
      )
    }
  } else if (file.resourceFieldRef !== undefined) {
    const here = `${path}.resourceFieldRef`
    checkResourceFieldSelector(file.resourceFieldRef, here, errors, 'inVolume')
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  checkFileMode(file.mode, `${path}.mode`, errors)
}

export function checkProjected(
  projected: ProjectedVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkFileMode(projected.defaultMode, `${path}.defaultMode`, errors)
  const files = new ProjectedFiles(path, errors)
  projected.sources?.forEach((source, at) => {
    checkProjection(source, files, `${path}.sources[${at}]`, errors)
  })
}

/** The paths that a projected volume has got so far: no two sources may give the same one. */
class ProjectedFiles {
  readonly volumePath: string
  readonly #errors: Errors
  readonly #paths = new Set<string>()

  constructor(volumePath: string, errors: Errors) {
    this.volumePath = volumePath
    this.#errors = errors
  }

  /** `shown` is what the error names; usually the path itself. */
  add(file: string | undefined, shown: string | undefined = file): void {
    if (empty(file)) return
    if (this.#paths.has(file)) {
      this.#errors.push(invalidValue(this.volumePath, shown, 'conflicting duplicate paths'))
    }
    this.#paths.add(file)
  }
}

function checkProjection(
  source: VolumeProjection,
  files: ProjectedFiles,
  path: string,
  errors: Errors,
): void {
  for (const type of ['secret', 'configMap'] as const) {
    const projection = source[type]
    if (projection === undefined) continue
    checkRequired(projection.name, `${path}.${type}.name`, errors)
    checkItems(projection.items, `${path}.${type}.items`, errors)
    for (const item of projection.items ?? []) files.add(item.path, projection.name)
  }
  for (const file of source.downwardAPI?.items ?? []) {
    checkDownwardFile(file, `${path}.downwardAPI`, errors)
    files.add(file.path)
  }
  if (source.serviceAccountToken !== undefined) {
    checkToken(source.serviceAccountToken, files.volumePath, path, errors)
  }
  if (source.clusterTrustBundle !== undefined) {
    checkTrustBundle(source.clusterTrustBundle, `${path}.clusterTrustBundlePEM`, errors)
    files.add(source.clusterTrustBundle.path)
  }
  if (source.podCertificate !== undefined) {
    checkPodCertificate(source.podCertificate, files, `${path}.podCertificate`, errors)
  }
  if (countSources(source) > 1)
    errors.push(forbiddenField(path, 'may not specify more than 1 volume type'))
}

function countSources(source: VolumeProjection): number {
  let count = 0
  for (const type in source) {
    if (source[type as keyof VolumeProjection] !== undefined) count += 1
  }
  return count
}

const tokenSecondsMin = 10 * 60
const tokenSecondsMax = 2 ** 32

function checkToken(
  token: ServiceAccountTokenProjection,
  volumePath: string,
  path: string,
  errors: Errors,
): void {
  const seconds = token.expirationSeconds ?? 0
  const here = `${path}.serviceAccountToken.expirationSeconds`
  if (seconds < tokenSecondsMin) {
    const detail = 'may not specify a duration less than 10 minutes'
    errors.push(invalidValue(here, seconds, detail))
  }
  if (seconds > tokenSecondsMax) {
    const detail = 'may not specify a duration larger than 2^32 seconds'
    errors.push(invalidValue(here, seconds, detail))
  }
  // Upstream names the volume's path here, not the source's.
  if (empty(token.path)) errors.push(required(`${volumePath}.path`, ''))
  else checkLocalPath(token.path, `${volumePath}.path`, errors)
}

function checkTrustBundle(
  bundle: ClusterTrustBundleProjection,
  path: string,
  errors: Errors,
): void {
  const { name, signerName } = bundle
  if (name !== undefined && signerName !== undefined) {
    errors.push(invalidValue(path, bundle, 'only one of name and signerName may be used'))
  } else if (name !== undefined) {
    if (name === '') errors.push(required(`${path}.name`, 'must be a valid object name'))
    const messages = validateDns1123Subdomain(name.replaceAll(':', '.').replaceAll('/', '.'))
    const prefixed = messages.map((text) => `not a valid clustertrustbundlename: ${text}`)
    refuse(errors, `${path}.name`, name, prefixed)
    if (bundle.labelSelector !== undefined) {
      const detail = 'labelSelector must be unset if name is specified'
      errors.push(invalidValue(`${path}.labelSelector`, bundle.labelSelector, detail))
    }
  } else if (signerName !== undefined) {
    if (signerName === '') {
      errors.push(required(`${path}.signerName`, 'must be a valid signer name'))
    }
    checkSignerName(signerName, `${path}.signerName`, errors)
    checkLabelSelector(bundle.labelSelector, `${path}.labelSelector`, errors)
  } else errors.push(required(path, 'either name or signerName must be specified'))
  checkRequired(bundle.path, `${path}.path`, errors)
  checkLocalPath(bundle.path ?? '', `${path}.path`, errors)
}

const keyTypes = ['ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519', 'RSA3072', 'RSA4096']
const certificateSecondsMin = 60 * 60
const certificateSecondsMax = 91 * 24 * 60 * 60

function checkPodCertificate(
  certificate: PodCertificateProjection,
  files: ProjectedFiles,
  path: string,
  errors: Errors,
): void {
  checkSignerName(certificate.signerName ?? '', `${path}.signerName`, errors)
  if (!keyTypes.includes(certificate.keyType)) {
    errors.push(notSupported(`${path}.keyType`, certificate.keyType ?? '', keyTypes))
  }
  const seconds = certificate.maxExpirationSeconds
  if (seconds === undefined) errors.push(required(`${path}.maxExpirationSeconds`, ''))
  else if (seconds < certificateSecondsMin || seconds > certificateSecondsMax) {
    const bound = seconds < certificateSecondsMin ? certificateSecondsMin : certificateSecondsMax
    const than = seconds < certificateSecondsMin ? 'less' : 'greater'
    const detail = `if provided, maxExpirationSeconds must not be ${than} than ${bound}`
    errors.push(invalidValue(`${path}.maxExpirationSeconds`, seconds, detail))
  }
  let paths = 0
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const file = certificate[field]
    if (empty(file)) continue
    paths += 1
    checkLocalPath(file, `${path}.${field}`, errors)
    files.add(file)
  }
  if (paths === 0) {
    errors.push(
      required(
        path,
        'specify at least one of credentialBundlePath, keyPath, and certificateChainPath',
      ),
    )
  }
}
