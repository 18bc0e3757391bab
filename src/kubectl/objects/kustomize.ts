/** `-k`: the objects that a kustomization makes, as one source. Upstream: cli-runtime pkg/resource/kustomizevisitor.go. */
import type { Io } from '#kubectl/io.ts'
import { build } from '#kubectl/kustomize/build.ts'
import { yamlPrinter } from '#kubectl/printers/json-yaml.ts'
import type { Source } from './files.ts'

export function kustomizeSource(folder: string, io: Io): Source {
  return {
    name: folder,
    isSingle: false,
    async read() {
      const printer = yamlPrinter(true)
      const objects = build(folder, { io, unrestricted: false })
      return objects.map((object) => printer.print(object)).join('')
    },
  }
}
