/** Certificates and keys as files: `NAME.crt` (0644) and `NAME.key` (0600), each replaced as a whole. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { KeyPair, SigningKey } from './certificate.ts'

const keyMode = 0o600
const certificateMode = 0o644
const folderMode = 0o755

/** Throws what the file system throws. */
export async function writeKeyPair(folder: string, name: string, pair: KeyPair): Promise<void> {
  await replaceFile(join(folder, `${name}.key`), pair.key, keyMode)
  await replaceFile(join(folder, `${name}.crt`), pair.certificate, certificateMode)
}

/** Undefined when one of the two files does not exist. */
export async function readKeyPair(folder: string, name: string): Promise<KeyPair | undefined> {
  const [key, certificate] = await Promise.all([
    readText(join(folder, `${name}.key`)),
    readText(join(folder, `${name}.crt`)),
  ])
  return key === undefined || certificate === undefined ? undefined : { certificate, key }
}

/** `NAME.key` and `NAME.pub`. */
export async function writeSigningKey(
  folder: string,
  name: string,
  pair: SigningKey,
): Promise<void> {
  await replaceFile(join(folder, `${name}.key`), pair.key, keyMode)
  await replaceFile(join(folder, `${name}.pub`), pair.publicKey, keyMode)
}

/** Undefined when one of the two files does not exist. */
export async function readSigningKey(
  folder: string,
  name: string,
): Promise<SigningKey | undefined> {
  const [key, publicKey] = await Promise.all([
    readText(join(folder, `${name}.key`)),
    readText(join(folder, `${name}.pub`)),
  ])
  return key === undefined || publicKey === undefined ? undefined : { key, publicKey }
}

/** Writes beside the file and renames, so that a reader sees the old content or the new, never half. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: folderMode })
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(beside, text, { mode, flag: 'wx', flush: true })
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** Undefined when the file does not exist. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
