import { Gpu } from '../../src/gpu/gpu.ts';

/** WebGPU's default limits, which every device has. */
const DEFAULT_LIMITS = {
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 16384,
};

const idlePass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };

/** A device on paper: it has limits and keeps the sizes of its buffers, and computes nothing. */
export function paperGpu(limits: Partial<typeof DEFAULT_LIMITS> = {}, allocationError: string | null = null) {
  const bufferBytes: number[] = [];
  const device = {
    limits: { ...DEFAULT_LIMITS, ...limits },
    features: new Set<string>(),
    lost: new Promise(() => {}),
    createBuffer({ size }: { size: number }) {
      bufferBytes.push(size);
      return { size, destroy() {} };
    },
    pushErrorScope() {},
    popErrorScope: async () => (allocationError === null ? null : { message: allocationError }),
    queue: { writeBuffer() {}, submit() {}, onSubmittedWorkDone: async () => {} },
    createShaderModule: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipelineAsync: async () => ({}),
    createBindGroup: () => ({}),
    createCommandEncoder: () => ({ beginComputePass: () => idlePass, finish: () => ({}), clearBuffer() {} }),
  };
  const facts = { vendor: '', architecture: '', description: '', runtime: '', features: [], missing: [] };
  const gpu = new Gpu(device as unknown as GPUDevice, { ...facts, class: 'software' }, false);
  return { gpu, limits: device.limits, bufferBytes };
}
