import { readFileSync } from 'node:fs';
import { describeShader } from '../shaders/describe.ts';
import type { ShaderModule } from '../src/gpu/program.ts';

/** A shader of `bench/shaders`, which the package does not ship; `//:use` finds the package's own libraries too. */
export function loadShader(name: string): ShaderModule {
  return describeShader(name, (path) => {
    const folder = path.startsWith('lib/') ? '../shaders/' : './shaders/';
    return readFileSync(new URL(`${folder}${path}.wgsl`, import.meta.url), 'utf8');
  }) as ShaderModule;
}
