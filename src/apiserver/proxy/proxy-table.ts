/** What is passed on to kubelets, pods and Services. Loaded at the first such request (`proxies.ts`). */
import type { Endpoints } from '#apiserver/http/endpoint.ts'
import { proxyEndpoints, proxyUpgrades } from './http-proxy.ts'
import type { KubeletClient } from './kubelet.ts'
import { podLog } from './pod-log.ts'
import { podStreams } from './pod-streams.ts'

export function proxyTable(kubelet: KubeletClient, random: () => number): Endpoints {
  return {
    plain: new Map([['GET pods/log', podLog(kubelet)], ...proxyEndpoints(kubelet, random)]),
    upgrade: new Map([...podStreams(kubelet), ...proxyUpgrades(kubelet, random)]),
  }
}
