/** What `kubectl get cs` asks: whether the components of this process are at work. */
import type { ComponentCheck } from '#apiserver/http/component-status.ts'

const names = ['controller-manager', 'scheduler'] as const

export type ComponentName = (typeof names)[number]

export class ComponentHealth {
  /** Undefined: at work. */
  readonly #problems = new Map<ComponentName, string | undefined>(
    names.map((name) => [name, 'has not started yet']),
  )

  readonly checks: readonly ComponentCheck[] = names.map((name) => ({
    name,
    check: () => {
      const problem = this.#problems.get(name)
      return problem === undefined
        ? Promise.resolve('ok')
        : Promise.reject(new Error(`${name} ${problem}`))
    },
  }))

  set(name: ComponentName, problem: string | undefined): void {
    this.#problems.set(name, problem)
  }
}
