/**
 * What holds where namespaces say nothing, and who is exempt.
 * Upstream: staging/src/k8s.io/pod-security-admission/admission/api/{load,validation}, v1.36.
 */
import { decodeConfigValue, listOf, struct, text } from '#api/config-type.ts'
import { aggregate, duplicate, invalidValue, required } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'
import { labelName, subdomainName } from '#resources/names.ts'
import { modes, noPolicy, notALevel, notAVersion, parseLevel, parseVersion } from './policy.ts'
import type { LevelVersion, Mode, Policy } from './policy.ts'

export interface PodSecurityConfiguration {
  readonly defaults: Policy
  readonly exemptions: Exemptions
}

export interface Exemptions {
  readonly namespaces: ReadonlySet<string>
  readonly usernames: ReadonlySet<string>
  readonly runtimeClasses: ReadonlySet<string>
}

export const noConfiguration: PodSecurityConfiguration = {
  defaults: noPolicy,
  exemptions: { namespaces: new Set(), usernames: new Set(), runtimeClasses: new Set() },
}

interface File {
  readonly defaults?: Readonly<Record<string, string>>
  readonly exemptions?: Readonly<Partial<Record<keyof Exemptions, readonly string[]>>>
}

const kind = {
  kind: 'PodSecurityConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map(
    (v) => `pod-security.admission.config.k8s.io/${v}`,
  ),
  type: struct('v1.PodSecurityConfiguration', {
    defaults: struct(
      'v1.PodSecurityDefaults',
      Object.fromEntries(modes.flatMap((mode) => [mode, `${mode}-version`]).map((n) => [n, text])),
    ),
    exemptions: struct('v1.PodSecurityExemptions', {
      usernames: listOf(text),
      namespaces: listOf(text),
      runtimeClasses: listOf(text),
    }),
  }),
}

/** Throws UserError, ConfigError or DecodeError. */
export function decodePodSecurity(value: unknown): PodSecurityConfiguration {
  const { defaults = {}, exemptions = {} } = decodeConfigValue<File>(value, kind)
  const errors: FieldError[] = []
  const read = (mode: Mode): LevelVersion => levelVersion(defaults, mode, errors)
  const policy = { enforce: read('enforce'), warn: read('warn'), audit: read('audit') }
  const names = (list: keyof Exemptions, check: Check): ReadonlySet<string> =>
    exempted(exemptions[list] ?? [], { path: `exemptions.${list}`, check, errors })
  const configuration = {
    defaults: policy,
    exemptions: {
      namespaces: names('namespaces', (name) => labelName(name, false)),
      runtimeClasses: names('runtimeClasses', (name) => subdomainName(name, false)),
      usernames: names('usernames', () => []),
    },
  }
  if (errors.length > 0) throw initFailure('PodSecurity', aggregate(errors))
  return configuration
}

function levelVersion(
  given: Readonly<Record<string, string>>,
  mode: Mode,
  errors: FieldError[],
): LevelVersion {
  const levelText = given[mode] || 'privileged'
  const versionText = given[`${mode}-version`] || 'latest'
  const [level, version] = [parseLevel(levelText), parseVersion(versionText)]
  if (level === undefined) errors.push(invalidValue(`defaults.${mode}`, levelText, notALevel))
  if (version === undefined) {
    errors.push(invalidValue(`defaults.${mode}-version`, versionText, notAVersion))
  }
  return { level: level ?? 'restricted', version: version ?? 'latest' }
}

type Check = (name: string) => readonly string[]

function exempted(
  names: readonly string[],
  {
    path,
    check,
    errors,
  }: { readonly path: string; readonly check: Check; readonly errors: FieldError[] },
): ReadonlySet<string> {
  const known = new Set<string>()
  for (const [at, name] of names.entries()) {
    const where = `${path}[${at}]`
    const problems = check(name)
    if (problems.length > 0) errors.push(invalidValue(where, name, problems.join(', ')))
    else if (name === '') errors.push(required(where, ''))
    else if (known.has(name)) errors.push(duplicate(where, name))
    known.add(name)
  }
  return known
}
