/** Flags that several commands share, by the part of upstream that declares them. */
import { array, bool, duration, int, string, strings } from './flag.ts'
import type { Flag } from './flag.ts'

const formats =
  'json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file'

/** cli-runtime: genericclioptions.ConfigFlags, and what cmd.go adds for every command. */
export const globalFlags: readonly Flag[] = [
  string('as', 'User to act as; a service account as system:serviceaccount:NAMESPACE:NAME.'),
  array('as-group', 'Group to act as; may be repeated.'),
  string('as-uid', 'UID to act as.'),
  array('as-user-extra', 'Extra of the user to act as, KEY=VALUE; may be repeated.'),
  string('cache-dir', 'Folder of the discovery cache.', { default: '$HOME/.kube/cache' }),
  string('certificate-authority', 'File with the certificate of the authority.'),
  string('client-certificate', 'File with the client certificate.'),
  string('client-key', 'File with the client key.'),
  string('cluster', 'Cluster of the kubeconfig to use.'),
  string('context', 'Context of the kubeconfig to use.'),
  bool('disable-compression', 'Ask the server for uncompressed answers.'),
  bool('insecure-skip-tls-verify', 'Do not check the certificate of the server.'),
  string('kubeconfig', 'Kubeconfig file to use.'),
  string('kuberc', 'File with preferences; KUBECTL_KUBERC=false turns them off.'),
  duration('log-flush-frequency', 'Longest time between flushes of the log.', { default: '5s' }),
  bool('match-server-version', 'Refuse a server of another version than this client.'),
  string('namespace', 'Namespace of this request.', { short: 'n' }),
  string('password', 'Password for basic authentication.'),
  string('profile', 'Profile to capture.', { default: 'none' }),
  string('profile-output', 'File for the profile.', { default: 'profile.pprof' }),
  string('request-timeout', 'Longest time for one request, with a unit (1s, 2m); 0: no limit.', {
    default: '0',
  }),
  string('server', 'Address and port of the API server.', { short: 's' }),
  string('tls-server-name', 'Name that the certificate of the server must carry.'),
  string('token', 'Bearer token.'),
  string('user', 'User of the kubeconfig to use.'),
  string('username', 'User name for basic authentication.'),
  int('v', 'Verbosity of the log.', { short: 'v' }),
  string('vmodule', 'Verbosity by file, pattern=N,…', { bare: true }),
  bool('warnings-as-errors', 'Fail when the server sends a warning.'),
]

/** cli-runtime: genericclioptions.PrintFlags. */
export const printFlags: readonly Flag[] = [
  bool('allow-missing-template-keys', 'Templates print nothing for a field that is missing.', {
    default: true,
  }),
  string('output', `Output format. One of: (${formats}).`, { short: 'o' }),
  bool('show-managed-fields', 'Keep managedFields in JSON and YAML.'),
  string('template', 'Template, or the file that holds it, for -o go-template and its kin.'),
]

/** cli-runtime: genericclioptions.FileNameFlags. */
export function filenameFlags(doing: string, recursive = false): readonly Flag[] {
  return [
    strings('filename', `File, folder or URL with the resources ${doing}.`, { short: 'f' }),
    string('kustomize', 'Folder with a kustomization; not together with -f or -R.', { short: 'k' }),
    bool('recursive', 'Also read the folders inside a folder given by -f.', {
      short: 'R',
      default: recursive,
    }),
  ]
}

/** cmd/util: AddJsonFilenameFlag. */
export function filenameFlag(doing: string): Flag {
  return strings('filename', `File, folder or URL with the resource ${doing}.`, { short: 'f' })
}

/** The same for commands that take no kustomization. */
export function plainFilenameFlags(doing: string, recursive = false): readonly Flag[] {
  return filenameFlags(doing, recursive).filter(({ name }) => name !== 'kustomize')
}

export const selectorFlag = string(
  'selector',
  "Label selector: '=', '==', '!=', 'in', 'notin', for example key1=value1,key2 in (a, b).",
  { short: 'l' },
)

export const fieldSelectorFlag = string(
  'field-selector',
  "Field selector: '=', '==', '!='. The server supports few fields of each type.",
)

export const allNamespacesFlag = bool('all-namespaces', 'Of all namespaces, whichever is set.', {
  short: 'A',
})

export const chunkSizeFlag = int('chunk-size', 'Largest number of objects in one answer; 0: all.', {
  default: 500,
})

/** kubectl pkg/cmd/util: AddDryRunFlag. */
export const dryRunFlag = string(
  'dry-run',
  '"none", "server" or "client": print what would be sent, or send it without storing it.',
  { default: 'none', alone: 'unchanged' },
)

export function fieldManagerFlag(name: string): Flag {
  return string('field-manager', 'Name under which ownership of fields is tracked.', {
    default: name,
  })
}

export const validateFlag = string(
  'validate',
  '"strict" (or true), "warn" or "ignore" (or false): how the server treats unknown and duplicate fields.',
  { default: 'strict', alone: 'strict' },
)

export const saveConfigFlag = bool(
  'save-config',
  'Keep the configuration in an annotation of the object, for a later kubectl apply.',
)

export const subresourceFlag = string('subresource', 'Subresource to work on.')

/** kubectl pkg/cmd/delete: DeleteFlags. */
export const deletionFlags: readonly Flag[] = [
  string('cascade', '"background", "orphan" or "foreground": what becomes of the dependents.', {
    default: 'background',
    alone: 'background',
  }),
  bool('force', 'Delete at once, without waiting for a confirmation.'),
  int('grace-period', 'Seconds to end gracefully; negative: the default of the object.', {
    default: -1,
  }),
  duration('timeout', 'How long to wait for the deletion; 0: as long as the object asks for.'),
  bool('wait', 'Wait until the objects are gone.'),
]

/** kubectl pkg/cmd/util: AddContainerVarFlags. */
export const containerFlag = string(
  'container',
  'Container; default: the annotated or first one.',
  {
    short: 'c',
  },
)

/** kubectl pkg/cmd/util: AddPodRunningTimeoutFlag. */
export function podRunningTimeoutFlag(value: string): Flag {
  return duration('pod-running-timeout', 'How long to wait until a pod runs.', { default: value })
}

/** Of exec and attach. */
export const streamFlags: readonly Flag[] = [
  bool('quiet', 'Print only what the session prints.', { short: 'q' }),
  bool('stdin', 'Pass standard input to the container.', { short: 'i' }),
  bool('tty', 'Standard input is a terminal.', { short: 't' }),
]

export const detachKeysFlag = string('detach-keys', 'Keys that leave an attached container.', {
  default: 'ctrl-p,ctrl-q',
})
