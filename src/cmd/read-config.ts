import { ConfigError, decodeConfig } from '#api/config-type.ts'
import type { ConfigKind } from '#api/config-type.ts'
import { DecodeError } from '#api/decode.ts'
import { YamlError } from '#api/yaml-scalars.ts'
import { UserError } from '#base/user-error.ts'
import { read } from './read-file.ts'

const failures = [ConfigError, DecodeError, YamlError]

/** The document in the file that a flag names; one that is not of this kind is the user's error. */
export async function readConfig<T>(flag: string, path: string, kind: ConfigKind): Promise<T> {
  const document = await read(flag, path)
  try {
    return decodeConfig<T>(document, kind)
  } catch (error) {
    if (!failures.some((failure) => error instanceof failure)) throw error
    throw new UserError(`--${flag}: ${path}: ${(error as Error).message}`)
  }
}
