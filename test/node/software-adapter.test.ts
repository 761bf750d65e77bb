import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CimError } from '../../src/errors.ts';
import { findNodeGpu } from '../../src/node/find-gpu.ts';
import { ensureSoftwareAdapter, unpackSoftwareAdapter, usesSoftwareAdapter } from '../../src/node/software-adapter.ts';

const source = (file: string) => new URL(`../../src/node/${file}`, import.meta.url).href;

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cim-cache-'));
  vi.stubEnv('CIM_ATTENTION_CACHE', cache);
  vi.stubEnv('CIM_ATTENTION_ADAPTER', undefined);
  vi.stubEnv('VK_ICD_FILENAMES', undefined);
  vi.stubEnv('VK_DRIVER_FILES', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CimError ? error.code : `untyped: ${error}`),
  );

describe('ensureSoftwareAdapter without what it needs', () => {
  it('names the package to install when it is missing', async () => {
    const nowhere = [join(cache, 'package.json')];
    const platform = process.platform === 'linux' ? 'CHROMIUM_PACKAGE_MISSING' : 'SOFTWARE_ADAPTER_PLATFORM';
    expect(await codeOf(ensureSoftwareAdapter(nowhere))).toBe(platform);
    if (process.platform !== 'linux') return;
    await expect(ensureSoftwareAdapter(nowhere)).rejects.toThrow('npm install @sparticuz/chromium');
  });

  it('rejects platforms that the archive is not built for', async () => {
    for (const [key, value] of [
      ['platform', 'darwin'],
      ['arch', 'riscv64'],
    ] as const) {
      const original = Object.getOwnPropertyDescriptor(process, key)!;
      Object.defineProperty(process, key, { ...original, value });
      try {
        await expect(ensureSoftwareAdapter()).rejects.toThrow(value);
      } finally {
        Object.defineProperty(process, key, original);
      }
    }
  });
});

describe('findNodeGpu without what it needs', () => {
  it('names the package to install when webgpu is missing', async () => {
    const error = await findNodeGpu({ places: [join(cache, 'package.json')] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'WEBGPU_PACKAGE_MISSING', fix: 'run: npm install webgpu' });
  });

  it('rejects an unknown choice of adapter', async () => {
    vi.stubEnv('CIM_ATTENTION_ADAPTER', 'gpu');
    expect(await codeOf(findNodeGpu())).toBe('ADAPTER_CHOICE');
  });
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the bundled software adapter', () => {
  it('is unpacked once by four processes that start together', async () => {
    const program = `
      import { unpackSoftwareAdapter } from ${JSON.stringify(source('software-adapter.ts'))};
      const { directory } = await unpackSoftwareAdapter();
      console.log(directory);`;
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]),
    );
    const directories = new Set((await Promise.all(runs)).map(({ stdout }) => stdout.trim()));
    expect(directories.size).toBe(1);
    const [directory] = directories;
    expect(await readdir(cache)).toEqual([basename(directory!)]);
    await expectWhole(directory!);
  });

  it('mends a half-unpacked folder, and keeps a whole one', async () => {
    const { directory } = await unpackSoftwareAdapter();
    const library = join(directory, 'libvk_swiftshader.so');
    const whole = await stat(library);
    await unpackSoftwareAdapter();
    expect((await stat(library)).ino).toBe(whole.ino);

    await truncate(library, 1000);
    await unpackSoftwareAdapter();
    await expectWhole(directory);

    await rm(join(directory, '.complete.json'));
    await rm(join(directory, 'libvulkan.so.1'));
    await unpackSoftwareAdapter();
    await expectWhole(directory);
    expect(await readdir(cache)).toEqual([basename(directory)]);
  });

  it('removes old leftovers of killed processes, and leaves those of running ones', async () => {
    const { directory } = await unpackSoftwareAdapter();
    await rm(directory, { recursive: true });
    await mkdir(`${directory}.unpacking-old`);
    await utimes(`${directory}.unpacking-old`, new Date(0), new Date(0));
    await mkdir(`${directory}.unpacking-new`);
    await unpackSoftwareAdapter();
    const name = basename(directory);
    expect((await readdir(cache)).sort()).toEqual([name, `${name}.unpacking-new`]);
  });

  it('takes the next cache folder when the first cannot be written', async () => {
    const blocked = join(cache, 'blocked');
    await writeFile(blocked, 'a file where the folder should be');
    vi.stubEnv('CIM_ATTENTION_CACHE', blocked);
    vi.stubEnv('XDG_CACHE_HOME', cache);
    const { directory } = await unpackSoftwareAdapter();
    expect(directory.startsWith(join(cache, 'cim-attention'))).toBe(true);
    await expectWhole(directory);
  });

  it('does not trust a folder of the temporary directory that others can write', async () => {
    vi.stubEnv('CIM_ATTENTION_CACHE', undefined);
    vi.stubEnv('XDG_CACHE_HOME', undefined);
    vi.stubEnv('HOME', '/dev/null');
    vi.stubEnv('TMPDIR', cache);
    const shared = join(cache, `cim-attention-${process.getuid!()}`);
    await mkdir(shared);
    await chmod(shared, 0o777);
    expect(await codeOf(unpackSoftwareAdapter())).toBe('CACHE_UNUSABLE');
    await chmod(shared, 0o700);
    await expectWhole((await unpackSoftwareAdapter()).directory);
  });

  it('says why a worker thread cannot load it', async () => {
    const program = `
      import { parentPort } from 'node:worker_threads';
      import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
      register();
      const { ensureSoftwareAdapter } = await import(${JSON.stringify(source('software-adapter.ts'))});
      parentPort.postMessage(await ensureSoftwareAdapter().then(() => 'loaded', (error) => error.code));`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    expect(answer).toBe('SOFTWARE_ADAPTER_THREAD');
  });

  it('takes over after a look that found a Vulkan loader and no driver', async () => {
    const { directory, environment } = await unpackSoftwareAdapter();
    const program = `
      import { findNodeGpu } from ${JSON.stringify(source('find-gpu.ts'))};
      const { gpu, driver } = await findNodeGpu();
      const adapter = await gpu.requestAdapter();
      console.log(driver, adapter.info.architecture, (await findNodeGpu()).driver);`;
    const env = { ...process.env, ...environment, VK_ICD_FILENAMES: '/dev/null', VK_DRIVER_FILES: '/dev/null' };
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      env,
    });
    const { stdout, stderr } = await run;
    expect(stdout).toBe('bundled-software swiftshader bundled-software\n');
    expect(stderr).toContain('no drivers');
    await expectWhole(directory);
  });

  it('runs a shader, with timestamps that are not rounded', async () => {
    const { gpu, driver } = await findNodeGpu({ force: 'software', toggles: ['disable-dawn-features=use_dxc'] });
    expect(driver).toBe('bundled-software');
    expect(usesSoftwareAdapter()).toBe(true);
    expect('navigator' in globalThis && 'gpu' in navigator).toBe(false);

    const adapter = await gpu.requestAdapter();
    expect(adapter!.info.isFallbackAdapter).toBe(true);
    const device = await adapter!.requestDevice({ requiredFeatures: ['timestamp-query'] });
    const { doubled, ticks } = await doubleOnGpu(device, [1, 2, 3, 40]);
    device.destroy();
    expect(doubled).toEqual([2, 4, 6, 80]);
    expect(ticks.every((tick) => tick % 65536n === 0n)).toBe(false);

    await expect(findNodeGpu({ force: 'hardware' })).rejects.toMatchObject({ code: 'ADAPTER_MISSING' });
  });
});

async function expectWhole(directory: string): Promise<void> {
  const sizes = JSON.parse(await readFile(join(directory, '.complete.json'), 'utf8')) as Record<string, number>;
  expect(Object.keys(sizes).sort()).toEqual(['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json']);
  for (const [file, size] of Object.entries(sizes)) expect((await stat(join(directory, file))).size).toBe(size);
}

async function doubleOnGpu(device: GPUDevice, values: number[]): Promise<{ doubled: number[]; ticks: bigint[] }> {
  const code = `@group(0) @binding(0) var<storage, read_write> data: array<u32>;
    @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) { data[id.x] = data[id.x] * 2u; }`;
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const size = values.length * 4;
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ, QUERY_RESOLVE } = GPUBufferUsage;
  const data = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  const times = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  const read = device.createBuffer({ size: size + 16, usage: COPY_DST | MAP_READ });
  device.queue.writeBuffer(data, 0, new Uint32Array(values));
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const encoder = device.createCommandEncoder();
  const timestampWrites = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  const pass = encoder.beginComputePass({ timestampWrites });
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: data } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(values.length);
  pass.end();
  encoder.resolveQuerySet(querySet, 0, 2, times, 0);
  encoder.copyBufferToBuffer(times, 0, read, 0, 16);
  encoder.copyBufferToBuffer(data, 0, read, 16, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const bytes = read.getMappedRange().slice(0);
  return { doubled: [...new Uint32Array(bytes, 16)], ticks: [...new BigUint64Array(bytes, 0, 2)] };
}
