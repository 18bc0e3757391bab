/**
 * What is offered for the values of flags.
 * Upstream: RegisterFlagCompletionFunc and the annotations of flags in kubectl pkg/cmd.
 */
import type { Flag } from '#kubectl/command-line/flag.ts'
import type { Call } from '#kubectl/command.ts'
import { standardFormats } from '#kubectl/printers/printer.ts'
import type { Offered } from './arguments.ts'
import { configNames, containerNames, namesOf } from './names.ts'
import { directives, startingWith } from './offer.ts'

type Values = (call: Call, toComplete: string) => Promise<readonly string[]>

const subresources = ['status', 'scale', 'resize']

/** Flags of every command. */
const ofAll: Readonly<Record<string, Values>> = {
  namespace: (call, toComplete) => namesOf(call, 'namespace', toComplete),
  context: (call, toComplete) => configNames(call, 'contexts', toComplete),
  cluster: (call, toComplete) => configNames(call, 'clusters', toComplete),
  user: (call, toComplete) => configNames(call, 'users', toComplete),
}

/** `COMMAND --FLAG`. */
const ofOne: Readonly<Record<string, Values>> = {
  'debug container': containers,
  'exec container': containers,
  'edit subresource': oneOf(subresources),
  'get output': oneOf([...standardFormats, 'custom-columns', 'custom-columns-file', 'wide']),
  'get subresource': oneOf(subresources),
  'patch subresource': oneOf(subresources),
  'replace subresource': oneOf(subresources),
  'create clusterrolebinding clusterrole': clusterRoles,
}

function oneOf(values: readonly string[]): Values {
  return async (_call, toComplete) => startingWith(values, toComplete)
}

function containers(call: Call, toComplete: string): Promise<readonly string[]> {
  const [pod] = call.args
  return pod === undefined ? Promise.resolve([]) : containerNames(call, pod, toComplete)
}

function clusterRoles(call: Call, toComplete: string): Promise<readonly string[]> {
  return namesOf(call, 'clusterrole', toComplete)
}

const fileExtensions = ['json', 'yaml', 'yml']

/** Undefined: nothing is known of this flag's values. */
export async function flagValues(
  call: Call,
  flag: Flag,
  toComplete: string,
): Promise<Offered | undefined> {
  if (flag.name === 'filename' && flag.short === 'f') {
    return { words: fileExtensions, directive: directives.filterFileExtension }
  }
  const values = ofOne[`${call.path} ${flag.name}`] ?? ofAll[flag.name]
  if (values !== undefined) {
    return { words: await values(call, toComplete), directive: directives.noFile }
  }
  return undefined
}
