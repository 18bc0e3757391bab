/** Which admission plugins judge requests, and how they are configured. */
import type { AdmissionConfigurations } from '#apiserver/admission/configurations.ts'
import type { Flag, Parsed } from './flags.ts'
import { read } from './read-file.ts'

export const admissionFlags: readonly Flag[] = [
  { name: 'enable-admission-plugins', kind: 'strings', usage: 'plugins beyond the default ones' },
  { name: 'disable-admission-plugins', kind: 'strings', usage: 'default plugins to leave out' },
  {
    name: 'admission-control-config-file',
    kind: 'string',
    usage: 'an AdmissionConfiguration: what plugins are told',
  },
]

/** What decodes it is loaded when there is a file. Throws UserError. */
export async function readAdmission(flags: Parsed): Promise<AdmissionConfigurations> {
  const flag = 'admission-control-config-file'
  const path = flags.string(flag)
  if (path === '') return {}
  const { decodeAdmissionConfig } = await import('./admission-config.ts')
  return decodeAdmissionConfig(path, await read(flag, path))
}
