/** Writes whose most common failure is no failure. */
import type { StatusReason } from '#api/meta/status.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'

/** The answer, or undefined when the object is gone: nothing is left to do. */
export function unlessGone<T>(writing: Promise<T>): Promise<T | undefined> {
  return except(writing, 'NotFound')
}

/** The answer, or undefined when somebody made the object first, or its namespace is being deleted. */
export async function unlessExists<T>(creating: Promise<T>): Promise<T | undefined> {
  try {
    return await creating
  } catch (error) {
    if (isStatus(error, 'AlreadyExists') || isNamespaceTerminating(error)) return undefined
    throw error
  }
}

/** Whether a create was refused because its namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false
  const causes = error.status.details?.causes ?? []
  return causes.some(({ reason }) => reason === 'NamespaceTerminating')
}

async function except<T>(writing: Promise<T>, reason: StatusReason): Promise<T | undefined> {
  try {
    return await writing
  } catch (error) {
    if (isStatus(error, reason)) return undefined
    throw error
  }
}
