// The package's main entry is CommonJS text under `type: module` and comes out empty in Node; this file is the ES module.
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import { expandShader } from './expand.ts';

/**
 * A shader's expanded text with the manifest of its entries, bindings, parameters and constants; a `ShaderModule` but for the
 * width of its types. `load` gives the text behind a path without `.wgsl`.
 */
export function describeShader(name: string, load: (path: string) => string) {
  const code = expandShader(name, load(name), load);
  const reflected = reflect(name, code);
  const entries = Object.fromEntries(
    reflected.entry.compute.map((entry) => {
      const bindings = entry.resources
        .filter((resource) => resource.group === 0)
        .sort((a, b) => a.binding - b.binding)
        .map((resource) => ({
          name: resource.name,
          binding: resource.binding,
          access: isUniform(resource) ? 'uniform' : resource.access === 'read_write' ? 'read_write' : 'read',
          element: elementOf(resource.type, isUniform(resource)),
        }));
      if (new Set(bindings.map((b) => b.binding)).size !== bindings.length) {
        throw new Error(`${name}.${entry.name}: two resources share a binding number`);
      }
      return [entry.name, { bindings }];
    }),
  );
  const uniform = reflected.uniforms[0];
  return {
    name,
    entries,
    params: uniform ? uniform.members!.map((m) => ({ name: m.name, offset: m.offset, type: m.type.name })) : [],
    paramsBytes: uniform ? Math.ceil(uniform.size / 16) * 16 : 0,
    constants: reflected.overrides.map((override) => override.name),
    code,
  };
}

/** The parser's own errors name neither file nor text. */
function reflect(name: string, code: string): WgslReflect {
  try {
    return new WgslReflect(code);
  } catch (cause) {
    const line = Number(/Line: (\d+)/.exec((cause as Error).message)?.[1]);
    throw new Error(`${name}.wgsl (expanded): ${(cause as Error).message}: ${code.split('\n')[line - 1] ?? ''}`, {
      cause,
    });
  }
}

function isUniform(resource: { readonly resourceType: number }): boolean {
  return resource.resourceType === 0;
}

function elementOf(type: ReflectedType, uniform: boolean): string {
  if (uniform) return 'params';
  let inner = type;
  while (inner.format) inner = inner.format;
  if (inner.members) {
    const elements = new Set(inner.members.map((member) => elementOf(member.type, false)));
    if (elements.size > 1) throw new Error(`storage struct ${inner.name} mixes ${[...elements].join(' and ')}`);
    return [...elements][0]!;
  }
  const element = { f32: 'f32', u32: 'u32', i32: 'i32' }[inner.name];
  if (element === undefined) throw new Error(`unsupported storage element type ${inner.name}`);
  return element;
}

interface ReflectedType {
  readonly name: string;
  readonly format?: ReflectedType;
  readonly members?: readonly { readonly type: ReflectedType }[];
}
