import type { INamespace } from 'protobufjs'

type Fields = Readonly<Record<string, readonly [id: number, type: string, rule?: 'repeated']>>

const message = (fields: Fields) => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule && { rule }) }]))
})

const map = (id: number) => ({ keyType: 'string', type: 'string', id })

/**
 * The part of the container runtime interface v1 (k8s.io/cri-api/pkg/apis/runtime/v1/api.proto) that finds the network of a pod, by
 * field number. Fields that are left out are skipped.
 */
export const criMessages: INamespace = {
  nested: {
    runtime: {
      nested: {
        v1: {
          nested: {
            RuntimeService: {
              methods: {
                Version: { requestType: 'VersionRequest', responseType: 'VersionResponse' },
                ListPodSandbox: { requestType: 'ListPodSandboxRequest', responseType: 'ListPodSandboxResponse' },
                PodSandboxStatus: { requestType: 'PodSandboxStatusRequest', responseType: 'PodSandboxStatusResponse' }
              }
            },
            PodSandboxState: { values: { SANDBOX_READY: 0, SANDBOX_NOTREADY: 1 } },
            VersionRequest: message({ version: [1, 'string'] }),
            VersionResponse: message({ runtime_name: [2, 'string'], runtime_version: [3, 'string'], runtime_api_version: [4, 'string'] }),
            PodSandboxMetadata: message({ name: [1, 'string'], uid: [2, 'string'], namespace: [3, 'string'], attempt: [4, 'uint32'] }),
            PodSandboxStateValue: message({ state: [1, 'PodSandboxState'] }),
            PodSandboxFilter: {
              fields: {
                id: { id: 1, type: 'string' },
                state: { id: 2, type: 'PodSandboxStateValue' }
              }
            },
            ListPodSandboxRequest: message({ filter: [1, 'PodSandboxFilter'] }),
            PodSandbox: message({
              id: [1, 'string'],
              metadata: [2, 'PodSandboxMetadata'],
              state: [3, 'PodSandboxState'],
              created_at: [4, 'int64']
            }),
            ListPodSandboxResponse: message({ items: [1, 'PodSandbox', 'repeated'] }),
            PodSandboxStatusRequest: message({ pod_sandbox_id: [1, 'string'], verbose: [2, 'bool'] }),
            PodSandboxStatus: message({ id: [1, 'string'], metadata: [2, 'PodSandboxMetadata'], state: [3, 'PodSandboxState'] }),
            PodSandboxStatusResponse: { fields: { status: { id: 1, type: 'PodSandboxStatus' }, info: map(2) } }
          }
        }
      }
    }
  }
} as unknown as INamespace
