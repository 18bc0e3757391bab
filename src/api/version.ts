/** What `/version` answers and `kubectl version` shows. */
export interface VersionInfo {
  readonly major: string
  readonly minor: string
  readonly emulationMajor?: string
  readonly emulationMinor?: string
  readonly minCompatibilityMajor?: string
  readonly minCompatibilityMinor?: string
  readonly gitVersion: string
  readonly gitCommit: string
  readonly gitTreeState: string
  readonly buildDate: string
  readonly goVersion: string
  readonly compiler: string
  readonly platform: string
}

export const gitVersion = 'v1.36.0+k8ts.1'

/** The version of Kubernetes that the API is. */
export const kubernetesVersion = 'v1.36.0'

/**
 * The fields of version.Info. There is no Go here: `goVersion` and `compiler` say what runs instead.
 * `platform` as Go writes it: `linux/amd64`.
 */
export function versionInfo(runtime: { nodeVersion: string; platform: string }): VersionInfo {
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${runtime.nodeVersion}`,
    compiler: 'v8',
    platform: runtime.platform,
  }
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

/** Go's name of a processor architecture that Node names. */
export function goArchitecture(nodeArchitecture: string): string {
  return architectures[nodeArchitecture] ?? nodeArchitecture
}
