/** Kubeconfigs as values: how one is built, and how a cluster's entries come into one and leave it. */
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from '#client/kubeconfig.ts'

/** One cluster, one user, and the context that joins them. */
export interface KubeconfigEntry {
  readonly clusterName: string
  readonly cluster: KubeconfigCluster
  readonly userName: string
  readonly user: KubeconfigUser
  readonly contextName: string
  readonly namespace?: string
}

/** PEM in, as kubeconfigs embed it. */
export interface Credentials {
  readonly certificate: string
  readonly key: string
}

export type EntryNames = Pick<KubeconfigEntry, 'clusterName' | 'userName' | 'contextName'>

/** The three lists, and what an element's own part is called. */
export const sections = [
  ['clusters', 'cluster'],
  ['contexts', 'context'],
  ['users', 'user'],
] as const

export type Section = (typeof sections)[number][0]

export type NamedItem = { readonly name: string }

/** An entry whose certificates are embedded, so that the file stands alone. */
export function embeddedEntry(
  names: EntryNames & { readonly namespace?: string },
  server: { readonly url: string; readonly ca: string },
  credentials: Credentials,
): KubeconfigEntry {
  return {
    ...names,
    cluster: { 'certificate-authority-data': base64(server.ca), server: server.url },
    user: {
      'client-certificate-data': base64(credentials.certificate),
      'client-key-data': base64(credentials.key),
    },
  }
}

/** A complete kubeconfig with this one entry, which is also the current one. */
export function buildKubeconfig(entry: KubeconfigEntry): Kubeconfig {
  return withEntry({}, entry, { current: true })
}

/** The elements of an entry, list by list. */
export function entryItems(entry: KubeconfigEntry): Readonly<Record<Section, NamedItem>> {
  const { clusterName, userName, contextName, namespace } = entry
  const context = {
    cluster: clusterName,
    ...(namespace !== undefined && { namespace }),
    user: userName,
  }
  return {
    clusters: { cluster: entry.cluster, name: clusterName } as NamedItem,
    contexts: { context, name: contextName } as NamedItem,
    users: { name: userName, user: entry.user } as NamedItem,
  }
}

export function entryNames(names: EntryNames): Readonly<Record<Section, string>> {
  return { clusters: names.clusterName, contexts: names.contextName, users: names.userName }
}

/** The entry added, in place of any of the same names; all else as it was. */
export function withEntry(
  config: Kubeconfig,
  entry: KubeconfigEntry,
  options: { readonly current: boolean },
): Kubeconfig {
  const items = entryItems(entry)
  const lists = Object.fromEntries(
    sections.map(([section]) => [section, replaced(config[section], items[section])]),
  )
  const current = options.current ? entry.contextName : (config['current-context'] ?? '')
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...config,
    ...lists,
    'current-context': current,
  } as Kubeconfig
}

/** The entry's elements gone; a current context that is one of them is unset. */
export function withoutEntry(config: Kubeconfig, names: EntryNames): Kubeconfig {
  const gone = entryNames(names)
  const lists = Object.fromEntries(
    sections
      .filter(([section]) => config[section] !== undefined)
      .map(([section]) => {
        const items: readonly NamedItem[] = config[section] ?? []
        return [section, items.filter(({ name }) => name !== gone[section])]
      }),
  )
  const unset = config['current-context'] === names.contextName ? { 'current-context': '' } : {}
  return { ...config, ...lists, ...unset }
}

function replaced(
  items: readonly NamedItem[] | null | undefined,
  item: NamedItem,
): readonly NamedItem[] {
  const list = items ?? []
  const at = list.findIndex(({ name }) => name === item.name)
  return at < 0 ? [...list, item] : list.with(at, item)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
