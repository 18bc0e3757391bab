/**
 * The struct types in a Go program, as its reflection data describe them: Go keeps field tags in the
 * binary. Reads 64-bit little-endian ELF files without relocation, which is how upstream builds kubectl.
 * Layouts: Go's internal/abi/type.go.
 */

export interface GoType {
  readonly address: number
  readonly kind: number
  /** `v1.PodSpec` */
  readonly name: string
  readonly flags: number
  /** Where the part of its kind begins in the file. */
  readonly body: number
}

export interface GoField {
  readonly name: string
  readonly tag: string
  readonly embedded: boolean
  readonly type: GoType
}

export const goKinds = {
  array: 17,
  interface: 20,
  map: 21,
  pointer: 22,
  slice: 23,
  string: 24,
  struct: 25,
}

const hasUncommon = 1
const extraStar = 2
const hasName = 2
/** Bytes of the header that every type has. */
const headerBytes = 48

interface Section {
  readonly address: number
  readonly offset: number
  readonly size: number
}

export class GoProgram {
  readonly #file: Buffer
  readonly #sections: ReadonlyMap<string, Section>
  readonly #base: number

  constructor(file: Buffer) {
    this.#file = file
    this.#sections = readSections(file)
    this.#base = this.#section('.rodata').address
  }

  /** Struct types by package and name: `k8s.io/api/core/v1.Pod`. */
  structs(): Map<string, GoType> {
    const found = new Map<string, GoType>()
    const seen = new Set<number>()
    const queue = [...this.#linked()]
    for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
      if (seen.has(type.address)) continue
      seen.add(type.address)
      if (type.kind === goKinds.struct) {
        const path = this.#packageOf(type)
        if (path !== '') found.set(`${path}.${type.name.split('.').at(-1)}`, type)
        queue.push(...this.fields(type).map((field) => field.type))
      }
      queue.push(...this.#elements(type))
    }
    return found
  }

  fields(type: GoType): readonly GoField[] {
    const start = this.#word(type.body + 8)
    const count = this.#word(type.body + 16)
    return Array.from({ length: count }, (_, index) => {
      const at = this.#offset(start) + index * 24
      const { text, tag, flags } = this.#name(this.#word(at))
      return { name: text, tag, embedded: (flags & 8) !== 0, type: this.#type(this.#word(at + 8)) }
    })
  }

  /** What a pointer points to, a list or map holds. */
  element(type: GoType): GoType {
    return this.#type(this.#word(type.kind === goKinds.map ? type.body + 8 : type.body))
  }

  #elements(type: GoType): readonly GoType[] {
    const { pointer, slice, array, map } = goKinds
    return [pointer, slice, array, map].includes(type.kind) ? [this.element(type)] : []
  }

  *#linked(): Iterable<GoType> {
    const { offset, size } = this.#section('.typelink')
    for (let at = offset; at < offset + size; at += 4) {
      yield this.#type(this.#base + this.#file.readInt32LE(at))
    }
  }

  #type(address: number): GoType {
    const at = this.#offset(address)
    const flags = this.#file.readUInt8(at + 20)
    const { text } = this.#name(this.#base + this.#file.readInt32LE(at + 40))
    return {
      address,
      kind: this.#file.readUInt8(at + 23) & 31,
      name: (flags & extraStar) === 0 ? text : text.slice(1),
      flags,
      body: at + headerBytes,
    }
  }

  #packageOf(type: GoType): string {
    if ((type.flags & hasUncommon) === 0) return ''
    const structBytes = 32
    const path = this.#file.readInt32LE(type.body + structBytes)
    return path === 0 ? '' : this.#name(this.#base + path).text
  }

  #name(address: number): { text: string; tag: string; flags: number } {
    let at = this.#offset(address)
    const flags = this.#file.readUInt8(at)
    at += 1
    const text = (): string => {
      let length = 0
      for (let shift = 0; ; shift += 7) {
        const byte = this.#file.readUInt8(at)
        at += 1
        length |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
      at += length
      return this.#file.toString('utf8', at - length, at)
    }
    return { text: text(), tag: (flags & hasName) === 0 ? '' : text(), flags }
  }

  #word(at: number): number {
    return Number(this.#file.readBigUInt64LE(at))
  }

  #offset(address: number): number {
    for (const section of this.#sections.values()) {
      if (address >= section.address && address < section.address + section.size) {
        return section.offset + address - section.address
      }
    }
    throw new Error(`no section holds the address ${address.toString(16)}`)
  }

  #section(name: string): Section {
    const section = this.#sections.get(name)
    if (section === undefined) throw new Error(`the file has no section ${name}`)
    return section
  }
}

function readSections(file: Buffer): ReadonlyMap<string, Section> {
  const table = Number(file.readBigUInt64LE(0x28))
  const count = file.readUInt16LE(0x3c)
  const header = (index: number): number => table + index * 64
  const names = Number(file.readBigUInt64LE(header(file.readUInt16LE(0x3e)) + 24))
  const sections = new Map<string, Section>()
  for (let index = 0; index < count; index += 1) {
    const at = header(index)
    const start = names + file.readUInt32LE(at)
    const address = Number(file.readBigUInt64LE(at + 16))
    if (address === 0 || file.readUInt32LE(at + 4) === 8) continue // not loaded, or without bytes
    sections.set(file.toString('latin1', start, file.indexOf(0, start)), {
      address,
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
    })
  }
  return sections
}
