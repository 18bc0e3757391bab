/** Files of a kustomization, none outside its folder. Upstream: kustomize api/internal/loader, api/krusty. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { CommandError } from '#kubectl/errors.ts'

const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const

export interface Root {
  /** Without links. */
  readonly folder: string
  /** Of the kustomization in it. */
  readonly file: string
}

export interface LoadOptions {
  /** Files may lie anywhere. */
  readonly unrestricted: boolean
}

/** Throws CommandError when it is no folder with one kustomization. */
export function rootAt(path: string, shown: string = path): Root {
  const folder = realFolder(path, shown)
  const files = names.map((name) => join(folder, name)).filter((file) => existsSync(file))
  const [file, more] = files
  if (file === undefined) {
    throw new CommandError(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${folder}'`,
    )
  }
  if (more !== undefined) {
    throw new CommandError(`Found multiple kustomization files under: ${folder}`)
  }
  return { folder, file }
}

function realFolder(path: string, shown: string): string {
  if (!existsSync(path)) {
    throw new CommandError(
      `must build at directory: not a valid directory: evalsymlink failure on '${shown}' : lstat ${resolve(path)}: no such file or directory`,
    )
  }
  const real = realpathSync(path)
  if (statSync(real).isDirectory()) return real
  throw new CommandError(`must build at directory: '${shown}': file is not directory`)
}

/** A file of the kustomization at `root`. */
export function readBelow(root: Root, path: string, { unrestricted }: LoadOptions): Buffer {
  const full = resolve(root.folder, path)
  if (!existsSync(full)) {
    throw new CommandError(
      `evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`,
    )
  }
  const real = realpathSync(full)
  if (statSync(real).isDirectory()) throw new CommandError(`'${full}' must resolve to a file`)
  const isBelow = dirname(real) === root.folder || !relative(root.folder, real).startsWith('..')
  if (!isBelow && !unrestricted) {
    throw new CommandError(`security; file '${real}' is not in or below '${root.folder}'`)
  }
  return readFileSync(real)
}

/** Whether the path names something to be fetched. */
export function isRemote(path: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|git::|github\.com[/:]|gh:)|\?(?:ref|version)=/i.test(path)
}
