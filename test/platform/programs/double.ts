/** Doubles 1..64 on the GPU; returns them with the adapter's class as JSON. */
export async function main(gpu: GPU): Promise<string> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no adapter');
  const device = await adapter.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> data: array<u32>;
    @compute @workgroup_size(64) fn double(@builtin(global_invocation_id) id: vec3u) { data[id.x] = data[id.x] * 2u; }`;
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const input = Uint32Array.from({ length: 64 }, (_, index) => index + 1);
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const data = device.createBuffer({ size: input.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
  const read = device.createBuffer({ size: input.byteLength, usage: COPY_DST | MAP_READ });
  device.queue.writeBuffer(data, 0, input);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: data } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(data, 0, read, 0, input.byteLength);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const values = [...new Uint32Array(read.getMappedRange())];
  device.destroy();
  return JSON.stringify({ values, isFallbackAdapter: adapter.info.isFallbackAdapter });
}
