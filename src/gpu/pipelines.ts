import { broken, fail } from '../errors.ts';
import { entryOf, type Launch } from './launch.ts';
import type { BindingInfo, ShaderModule } from './program.ts';
import type { GPUBindGroupLayout, GPUComputePipeline, GPUDevice } from './webgpu.ts';

/** A compiled entry point with its explicit layout. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindings: readonly BindingInfo[];
}

/**
 * Compiles and keeps pipelines: modules by text, pipelines by (program, entry, constants). Compiles in flight are
 * shared, and a failed compile is not kept.
 */
export class Pipelines {
  private readonly device: GPUDevice;
  private readonly defaults: Readonly<Record<string, number>>;
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly ready = new Map<string, Map<string, Promise<Pipeline>>>();

  /** `defaults` are values of override constants for every program that has them, unless a launch gives its own. */
  constructor(device: GPUDevice, defaults: Readonly<Record<string, number>> = {}) {
    this.device = device;
    this.defaults = defaults;
  }

  /** The pipeline of a launch; a compile error carries the compiler's own lines. */
  get(launch: Launch): Promise<Pipeline> {
    const code = launch.program.code;
    const ofProgram = this.ready.get(code) ?? new Map<string, Promise<Pipeline>>();
    this.ready.set(code, ofProgram);
    const key = pipelineKey(launch);
    let pipeline = ofProgram.get(key);
    if (!pipeline) {
      pipeline = this.compile(launch);
      ofProgram.set(key, pipeline);
      pipeline.catch(() => ofProgram.delete(key));
    }
    return pipeline;
  }

  private async compile(launch: Launch): Promise<Pipeline> {
    const { program, entry, constants } = launch;
    const info = entryOf(launch);
    for (const name of Object.keys(constants)) {
      if (!program.constants.includes(name)) {
        throw fail(
          'UNKNOWN_CONSTANT',
          `${program.name} has no override '${name}'`,
          `it has ${program.constants.join(', ') || 'none'}`,
        );
      }
    }
    const module = this.module(program);
    const layout = this.device.createBindGroupLayout({
      label: program.name,
      entries: info.bindings.map(layoutEntry),
    });
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: `${program.name}.${entry}`,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: entry, constants: { ...this.defaultsOf(program), ...constants } },
      });
      return { pipeline, layout, bindings: info.bindings };
    } catch (cause) {
      const messages = (await module.getCompilationInfo()).messages
        .map(
          (m) =>
            `${m.type} in line ${m.lineNum}: ${m.message.trim()}: ${program.code.split('\n')[m.lineNum - 1]?.trim() ?? ''}`,
        )
        .join(' | ');
      throw broken(
        'COMPILE',
        `${program.name}.${entry} did not compile: ${messages || (cause as Error).message.trim()}`,
        'report this with the adapter that `doctor` prints',
        cause,
      );
    }
  }

  private defaultsOf({ constants }: ShaderModule): Record<string, number> {
    return Object.fromEntries(Object.entries(this.defaults).filter(([name]) => constants.includes(name)));
  }

  private module(program: ShaderModule): GPUShaderModule {
    let module = this.modules.get(program.code);
    if (!module) {
      // What is wrong with the text comes out with the pipeline; without a scope it would be printed as well.
      this.device.pushErrorScope('validation');
      module = this.device.createShaderModule({ label: program.name, code: program.code });
      this.device.popErrorScope().catch(() => {});
      this.modules.set(program.code, module);
    }
    return module;
  }
}

/** Identifies a compiled pipeline among those of a program. */
function pipelineKey({ program, entry, constants }: Launch): string {
  const values = Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${program.name}.${entry}(${values.map(([name, value]) => `${name}=${value}`).join(',')})`;
}

function layoutEntry({ binding, access }: BindingInfo): GPUBindGroupLayoutEntry {
  const visibility = 4; // GPUShaderStage.COMPUTE; the global is missing on some runtimes.
  if (access === 'uniform') return { binding, visibility, buffer: { type: 'uniform', hasDynamicOffset: true } };
  return { binding, visibility, buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' } };
}
