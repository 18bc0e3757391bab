/** Upstream: pkg/apis/core/validation/validation.go, ValidateVolumeMounts, ValidateVolumeDevices. */
import type { Container, Volume, VolumeDevice, VolumeMount } from '#api/core/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from '#api/meta/field-error.ts'
import { checkSupported, empty, type Errors } from '#resources/checks/checks.ts'
import { checkDescendingPath, hasBacksteps } from '#resources/checks/paths.ts'

type Volumes = ReadonlyMap<string, Volume>

export function checkMounts(
  container: Container,
  volumes: Volumes,
  path: string,
  errors: Errors,
): void {
  const mounts = container.volumeMounts as readonly VolumeMount[]
  for (let at = 0; at < mounts.length; at += 1) {
    const mount = mounts[at] as VolumeMount
    const here = `${path}[${at}]`
    checkMount(mount, volumes, here, errors)
    for (let earlier = 0; earlier < at; earlier += 1) {
      if (mounts[earlier]?.mountPath !== mount.mountPath) continue
      errors.push(invalidValue(`${here}.mountPath`, mount.mountPath, 'must be unique'))
      break
    }
    if (container.volumeDevices !== undefined) {
      checkOverlap(mount, container.volumeDevices, here, errors)
    }
    checkMountOptions(mount, container, here, path, errors)
  }
}

function checkMount(mount: VolumeMount, volumes: Volumes, path: string, errors: Errors): void {
  if (empty(mount.name)) errors.push(required(`${path}.name`, ''))
  if (!volumes.has(mount.name)) errors.push(notFoundValue(`${path}.name`, mount.name ?? ''))
  if (empty(mount.mountPath)) errors.push(required(`${path}.mountPath`, ''))
}

function checkOverlap(
  mount: VolumeMount,
  devices: readonly VolumeDevice[],
  path: string,
  errors: Errors,
): void {
  if (devices.some(({ name }) => name === mount.name)) {
    errors.push(invalidValue(`${path}.name`, mount.name, 'must not already exist in volumeDevices'))
  }
  if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
    errors.push(
      invalidValue(
        `${path}.mountPath`,
        mount.mountPath,
        'must not already exist as a path in volumeDevices',
      ),
    )
  }
}

/** `listPath` is what upstream names for these fields, without the mount's index. */
function checkMountOptions(
  mount: VolumeMount,
  container: Container,
  path: string,
  listPath: string,
  errors: Errors,
): void {
  if (!empty(mount.subPath)) checkDescendingPath(mount.subPath, `${listPath}.subPath`, errors)
  if (!empty(mount.subPathExpr)) {
    if (!empty(mount.subPath)) {
      errors.push(
        invalidValue(
          `${path}.subPathExpr`,
          mount.subPathExpr,
          'subPathExpr and subPath are mutually exclusive',
        ),
      )
    }
    checkDescendingPath(mount.subPathExpr, `${listPath}.subPathExpr`, errors)
  }
  if (mount.mountPropagation !== undefined) {
    checkPropagation(mount.mountPropagation, container, `${listPath}.mountPropagation`, errors)
  }
  if (mount.recursiveReadOnly !== undefined) {
    checkRecursiveReadOnly(mount, `${listPath}.recursiveReadOnly`, errors)
  }
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']

function checkPropagation(
  propagation: string,
  container: Container,
  path: string,
  errors: Errors,
): void {
  checkSupported(propagation, propagations, path, errors)
  if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(
      forbiddenField(
        path,
        'Bidirectional mount propagation is available only to privileged containers',
      ),
    )
  }
}

function checkRecursiveReadOnly(mount: VolumeMount, path: string, errors: Errors): void {
  switch (mount.recursiveReadOnly) {
    case 'Disabled':
      return
    case 'Enabled':
    case 'IfPossible':
      if (mount.readOnly !== true) {
        errors.push(forbiddenField(path, 'may only be specified when readOnly is true'))
      }
      if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
        errors.push(
          forbiddenField(
            path,
            'may only be specified when mountPropagation is None or not specified',
          ),
        )
      }
      return
    default:
      errors.push(
        notSupported(path, mount.recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']),
      )
  }
}

export function checkDevices(
  container: Container,
  volumes: Volumes,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>()
  const paths = new Set<string>()
  container.volumeDevices?.forEach((device, at) => {
    const here = `${path}[${at}]`
    checkDevice(device, volumes, here, errors)
    if (names.has(device.name)) {
      errors.push(invalidValue(`${here}.name`, device.name, 'must be unique'))
    }
    if (paths.has(device.devicePath)) {
      errors.push(invalidValue(`${here}.devicePath`, device.devicePath, 'must be unique'))
    }
    names.add(device.name)
    paths.add(device.devicePath)
    checkDeviceOverlap(device, container.volumeMounts ?? [], here, errors)
  })
}

function checkDevice(device: VolumeDevice, volumes: Volumes, path: string, errors: Errors): void {
  const volume = volumes.get(device.name)
  if (empty(device.name)) errors.push(required(`${path}.name`, ''))
  if (volume === undefined) errors.push(notFoundValue(`${path}.name`, device.name ?? ''))
  else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
    errors.push(
      invalidValue(
        `${path}.name`,
        device.name,
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      ),
    )
  }
  if (empty(device.devicePath)) errors.push(required(`${path}.devicePath`, ''))
  else if (hasBacksteps(device.devicePath)) {
    errors.push(
      invalidValue(`${path}.devicePath`, device.devicePath, "can not contain backsteps ('..')"),
    )
  }
}

function checkDeviceOverlap(
  device: VolumeDevice,
  mounts: readonly VolumeMount[],
  path: string,
  errors: Errors,
): void {
  if (mounts.some(({ name }) => name === device.name)) {
    errors.push(invalidValue(`${path}.name`, device.name, 'must not already exist in volumeMounts'))
  }
  if (mounts.some(({ mountPath }) => mountPath === device.devicePath)) {
    errors.push(
      invalidValue(
        `${path}.devicePath`,
        device.devicePath,
        'must not already exist as a path in volumeMounts',
      ),
    )
  }
}
