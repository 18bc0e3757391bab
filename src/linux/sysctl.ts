/** Kernel settings under /proc/sys, named as `sysctl` names them: `net.ipv4.ip_forward`. */
import { readFileSync, writeFileSync } from 'node:fs'

export interface Sysctl {
  /** Undefined when the kernel has no such setting (a module is not loaded). */
  read(name: string): string | undefined
  /** Throws when the kernel refuses. */
  write(name: string, value: string): void
}

/** The settings of this process's namespaces, or of the tree that `root` points at. */
export function systemSysctl(root = '/proc/sys'): Sysctl {
  const path = (name: string): string => `${root}/${sysctlPath(name)}`
  return {
    read(name) {
      try {
        return readFileSync(path(name), 'utf8').trim()
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    write: (name, value) => writeFileSync(path(name), value),
  }
}

/** Makes a setting true; returns whether it had to be changed. */
export function ensureSysctl(sysctl: Sysctl, name: string, value: string): boolean {
  if (sysctl.read(name) === value) return false
  sysctl.write(name, value)
  return true
}

/** As sysctl(8): the first separator decides; where it is a dot, slashes stand for dots in a name. */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0]
  if (separator !== '.') return name
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'))
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
