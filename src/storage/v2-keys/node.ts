/**
 * Flat keys as the tree that etcd's v2 API shows: directories that nobody made, with the keys below them.
 * etcd: api/v2store/node_extern.go and event.go (v3.4).
 */
import type { Entry, Revision, Storage } from '#storage/storage.ts'

/** As it stands in the answer; revisions are small enough for numbers. */
export interface Node {
  readonly key?: string
  readonly dir?: true
  readonly value?: string
  readonly nodes?: readonly Node[]
  readonly modifiedIndex?: number
  readonly createdIndex?: number
}

export interface ReadOptions {
  /** `/registry/pods`; '' is the root. */
  readonly path: string
  /** With everything below. */
  readonly recursive: boolean
}

export interface Tree {
  /** Undefined: there is no such key. */
  readonly node: Node | undefined
  readonly revision: Revision
}

export class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

const limits = {
  /** Keys that are read at once, so that a large store does not stop everything else. */
  pageEntriesMax: 500,
  /** Of values in one answer: it is made as a whole. */
  answerBytesMax: 64 * 1024 * 1024,
} as const

/** Throws {@link TooLargeError}. */
export async function readTree(storage: Storage, { path, recursive }: ReadOptions): Promise<Tree> {
  const leaf = path === '' ? undefined : await storage.get(path)
  const root = new Directory(path)
  const revision = await eachBelow(storage, `${path}/`, (entry) => root.add(entry, recursive))
  if (!root.isEmpty || path === '') return { node: root.toNode(true), revision }
  return { node: leaf === undefined ? undefined : leafOf(leaf), revision }
}

/** All at one revision, which is returned. */
async function eachBelow(
  storage: Storage,
  prefix: string,
  /** Answers with the bytes that it keeps. */
  take: (entry: Entry) => number,
): Promise<Revision> {
  let after: string | undefined
  let atRevision: Revision | undefined
  let bytes = 0
  for (;;) {
    const range = await storage.range({
      prefix,
      limit: limits.pageEntriesMax,
      ...(after !== undefined && { after }),
      ...(atRevision !== undefined && { atRevision }),
    })
    for (const entry of range.entries) bytes += take(entry)
    if (bytes > limits.answerBytesMax) {
      throw new TooLargeError(`the values have more than ${limits.answerBytesMax} bytes`)
    }
    atRevision = range.revision
    after = range.entries.at(-1)?.key
    if (!range.more || after === undefined) return range.revision
  }
}

class Directory {
  readonly #path: string
  readonly #children = new Map<string, Directory | Node>()
  /** When the first of the keys below was made: so was the directory. */
  #index = Infinity

  constructor(path: string) {
    this.#path = path
  }

  get isEmpty(): boolean {
    return this.#children.size === 0
  }

  /** Answers with the bytes of the value, if it is shown. */
  add(entry: Entry, recursive: boolean): number {
    const { key, value } = entry
    this.#sawKey(entry)
    const end = key.indexOf('/', this.#path.length + 1)
    if (end < 0) {
      this.#children.set(key, leafOf(entry))
      return value.bytes.length
    }
    const path = key.slice(0, end)
    let child = this.#children.get(path)
    if (!(child instanceof Directory)) {
      child = new Directory(path)
      this.#children.set(path, child)
    }
    if (recursive) return child.add(entry, true)
    child.#sawKey(entry)
    return 0
  }

  #sawKey({ createRevision, revision }: Entry): void {
    this.#index = Math.min(this.#index, Number(createRevision ?? revision))
  }

  /** The root has neither a key nor indexes. */
  toNode(isWhole: boolean): Node {
    const nodes = [...this.#children.values()].map((child) =>
      child instanceof Directory ? child.toNode(!child.isEmpty) : child,
    )
    const isRoot = this.#path === ''
    return {
      ...(!isRoot && { key: this.#path }),
      dir: true,
      ...(isWhole && { nodes }),
      ...(!isRoot && { modifiedIndex: this.#index, createdIndex: this.#index }),
    }
  }
}

function leafOf({ key, value, revision, createRevision }: Entry): Node {
  return {
    key,
    value: Buffer.from(value.bytes).toString(),
    modifiedIndex: Number(revision),
    createdIndex: Number(createRevision ?? revision),
  }
}
