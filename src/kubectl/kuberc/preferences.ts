/**
 * The user's preferences: defaults of flags, aliases, which credential plugins may run.
 * Upstream: kubectl pkg/kuberc/{kuberc,marshal}.go, pkg/config/v1beta1.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { goQuote } from '#api/meta/go-quote.ts'
import type { Io } from '#kubectl/io.ts'

export interface OptionDefault {
  readonly name: string
  readonly default: string
}

export interface Defaults {
  readonly command: string
  readonly options: readonly OptionDefault[]
}

export interface Alias {
  readonly name: string
  readonly command: string
  readonly prependArgs: readonly string[]
  readonly appendArgs: readonly string[]
  readonly options: readonly OptionDefault[]
}

export interface Preferences {
  readonly defaults: readonly Defaults[]
  readonly aliases: readonly Alias[]
  readonly credentialPluginPolicy: string
  readonly credentialPluginAllowlist: readonly { readonly command: string }[]
}

/** Preferences that cannot be used. */
export class PreferencesError extends Error {
  override readonly name = 'PreferencesError'
}

export interface KubercFile {
  readonly path: string
  /** Asked for by flag or environment, so it must be there. */
  readonly isExplicit: boolean
}

/** Undefined: preferences are turned off. */
export function kubercFile(asked: string, { env }: Pick<Io, 'env'>): KubercFile | undefined {
  const named = env['KUBERC'] ?? ''
  if (named === 'off') {
    if (asked === '') return undefined
    throw new PreferencesError(
      'disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive',
    )
  }
  if (asked !== '') return { path: asked, isExplicit: true }
  if (named !== '') return { path: named, isExplicit: true }
  return { path: join(env['HOME'] ?? '', '.kube', 'kuberc'), isExplicit: false }
}

/** Undefined: there are none. Warns of what is ignored. */
export async function loadPreferences(
  { path, isExplicit }: KubercFile,
  io: Io,
): Promise<Preferences | undefined> {
  const text = readText(path, isExplicit)
  if (text === undefined) return undefined
  const { decodePreferences } = await import('./decode.ts')
  try {
    const { preferences, unknown } = decodePreferences(text, path)
    if (unknown.length > 0) {
      const fields = unknown.map((field) => `unknown field ${goQuote(field)}`).join(', ')
      io.stderr(
        `kuberc: ignoring strict decoding error in ${path}: strict decoding error: ${fields}`,
      )
    }
    return preferences
  } catch (error) {
    if (!(error instanceof PreferencesError)) throw error
    if (isExplicit) throw new PreferencesError(`kuberc: ${error.message}`)
    io.stderr(`kuberc: no preferences loaded from ${path}: ${error.message}`)
    return undefined
  }
}

function readText(path: string, isExplicit: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!isExplicit) return undefined
    const why = code === 'EACCES' ? 'permission denied' : 'no such file or directory'
    throw new PreferencesError(`kuberc: open ${path}: ${why}`)
  }
}

/** Throws PreferencesError. */
export function checkPreferences(preferences: Preferences): void {
  const { aliases, defaults } = preferences
  checkPolicy(preferences)
  const names = new Set<string>()
  for (const { name, options } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name)) {
      throw new PreferencesError('invalid alias name, can only include alphabetical characters')
    }
    checkOptions(options)
    if (names.has(name)) throw new PreferencesError(`duplicate alias name ${name}`)
    names.add(name)
  }
  for (const { options } of defaults) checkOptions(options)
}

function checkPolicy({ credentialPluginPolicy: policy, credentialPluginAllowlist }: Preferences) {
  if (!['', 'AllowAll', 'DenyAll', 'Allowlist'].includes(policy)) {
    throw new PreferencesError(`unknown plugin policy: ${JSON.stringify(policy)}`)
  }
  if (policy === 'Allowlist' && credentialPluginAllowlist.length === 0) {
    throw new PreferencesError(
      'credential plugin policy set to "Allowlist", but allowlist is unspecified',
    )
  }
  const misconfigured = 'misconfigured credential plugin allowlist:'
  if (policy !== 'Allowlist' && credentialPluginAllowlist.length > 0) {
    throw new PreferencesError(
      `${misconfigured} plugin policy is ${JSON.stringify(policy)} but allowlist is non-nil`,
    )
  }
  const empty = credentialPluginAllowlist.findIndex(({ command }) => command === '')
  if (empty >= 0) {
    throw new PreferencesError(`${misconfigured} empty allowlist entry #${empty + 1}`)
  }
}

function checkOptions(options: readonly OptionDefault[]): void {
  const dashed = options.find(({ name }) => name.startsWith('-'))
  if (dashed === undefined) return
  throw new PreferencesError(`flag name ${dashed.name} should be in long form without dashes`)
}
