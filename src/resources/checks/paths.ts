/** Paths inside volumes. Upstream: pkg/apis/core/validation/validation.go. */
import { invalidValue } from '#api/meta/field-error.ts'
import type { Errors } from './checks.ts'

/** Relative, and without `..`. */
export function checkDescendingPath(target: string, path: string, errors: Errors): void {
  if (target.startsWith('/')) errors.push(invalidValue(path, target, 'must be a relative path'))
  checkNoBacksteps(target, path, errors)
}

export function checkNoBacksteps(target: string, path: string, errors: Errors): void {
  if (hasBacksteps(target)) errors.push(invalidValue(path, target, "must not contain '..'"))
}

export function hasBacksteps(target: string): boolean {
  return target.includes('..') && target.split('/').includes('..')
}

/** Relative, without `..`, and not beginning with `..`, which the kubelet keeps for itself. */
export function checkLocalPath(target: string, path: string, errors: Errors): void {
  checkDescendingPath(target, path, errors)
  if (target.startsWith('..') && !target.startsWith('../')) {
    errors.push(invalidValue(path, target, "must not start with '..'"))
  }
}

const fileModeMax = 0o777

export function checkFileMode(mode: number | undefined, path: string, errors: Errors): void {
  if (mode === undefined || (mode >= 0 && mode <= fileModeMax)) return
  errors.push(
    invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'),
  )
}
