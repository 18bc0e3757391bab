/**
 * How a server ends: first it only says that it is not ready, so that load balancers look elsewhere while
 * it serves as ever; then it takes no more, watches end, and what is under way is finished.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/genericapiserver.go, v1.36.
 */
export class Shutdown {
  #stage: 'running' | 'announced' | 'refusing' = 'running'

  /** Readiness fails from now on. */
  announce(): void {
    this.#stage = 'announced'
  }

  /** Newcomers are told to try again later. */
  refuse(): void {
    this.#stage = 'refusing'
  }

  get isAnnounced(): boolean {
    return this.#stage !== 'running'
  }

  /** Who only asks how we are gets an answer to the end. */
  refuses(path: string): boolean {
    return this.#stage === 'refusing' && !/^\/(?:livez|readyz|healthz)(?:\/|$)/.test(path)
  }
}
